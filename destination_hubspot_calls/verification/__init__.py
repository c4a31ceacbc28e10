"""What HubSpot's documentation leaves open, asked of an account: on a few calls that are archived again."""
