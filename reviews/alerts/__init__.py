"""Alerts: who hears of what, at once or once a day, by e-mail or in a chat. No alert holds a text of a prompt."""
