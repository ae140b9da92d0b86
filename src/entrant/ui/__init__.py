"""What the console and the portal share: base templates, one style sheet, small components."""
