"""What a Cloud Run service runs before a version is released to it; the stack reads it as text."""
