-- Replaced facts go now rather than at some merge: from here on, reading without FINAL is exact as well.
OPTIMIZE TABLE fact_events PARTITION {day:String} FINAL
