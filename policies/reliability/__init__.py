"""What production rests on survives the loss of a machine, a zone, a bad release."""
