"""What the components on AWS share: where a stack lives, rights, definitions, network."""
