"""What the components on Azure share: where a stack lives, roles, Logic Apps, network."""
