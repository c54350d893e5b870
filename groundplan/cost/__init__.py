"""What a stack costs before it exists."""
