-- Before a layer is made anew beside what readers see.
TRUNCATE TABLE {stage:Identifier}
