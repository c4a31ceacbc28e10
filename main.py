"""What Airbyte starts."""

from destination_hubspot_calls.run import run

if __name__ == "__main__":
    run()
