-- Once, as the owner. One row that Debezium updates every second (heartbeat.action.query). It travels the whole way to
-- ClickHouse, so that freshness is measured, and it moves the slot on while no stock moves, so that WAL is let go.

CREATE TABLE public.wms_heartbeat (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    sent_at timestamptz NOT NULL
);
COMMENT ON TABLE public.wms_heartbeat IS 'One row, updated by Debezium, that measures freshness and moves its slot on.';
COMMENT ON COLUMN public.wms_heartbeat.id IS 'Always 1.';
COMMENT ON COLUMN public.wms_heartbeat.sent_at IS 'When the transaction that wrote the last heartbeat began.';

INSERT INTO public.wms_heartbeat (id, sent_at) VALUES (1, now());
