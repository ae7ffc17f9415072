-- Up Migration

-- What waits for a person is asked for before anything is sent, and is next to nothing of all orders that there ever were.
CREATE INDEX hedge_order_in_quarantine ON hedge_order (execution_id) WHERE overfilled AND acknowledged_at IS NULL;
