"""The public name: settings, the one composition of adapters, and the facade."""
