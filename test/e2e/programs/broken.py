"""Never gets as far as W&B's client."""
raise SystemExit("nothing works here")
