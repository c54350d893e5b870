"""Emulated clouds: the rules, ids and behaviour that the offline plan and the real engine share."""




