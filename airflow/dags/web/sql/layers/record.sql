-- A build has ended.
INSERT INTO layer_builds (layer, built_at, upto, rows, days, seconds)
SELECT {layer:String}, now64(6, 'UTC'), {upto:DateTime64(6)}, {rows:UInt64}, {days:Array(Date)}, {seconds:Float64}
