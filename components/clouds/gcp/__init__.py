"""What the components on Google Cloud share: where a stack lives, roles, workflows, network."""
