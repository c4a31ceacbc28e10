"""Other finders to bring the same calls in, each as its own documentation shows it. They run in their own environments.

Each is called with the server's address, a token, and a file of create inputs, one a line.
"""
