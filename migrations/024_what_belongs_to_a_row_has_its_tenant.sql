-- Up Migration

-- These come by the hundred, and belong to a row that has a tenant, or to nothing but their tenant: row security writes no other tenant's id,
-- and tenants are never deleted. Looking the tenant up for each row again took a tenth of the time that writing a rebalance takes.
ALTER TABLE outbox           DROP CONSTRAINT outbox_tenant_id_fkey;
ALTER TABLE event            DROP CONSTRAINT event_tenant_id_fkey;
ALTER TABLE position         DROP CONSTRAINT position_tenant_id_fkey;
ALTER TABLE analysis_shard   DROP CONSTRAINT analysis_shard_tenant_id_fkey;
ALTER TABLE hedge_plan       DROP CONSTRAINT hedge_plan_tenant_id_fkey;
ALTER TABLE execution        DROP CONSTRAINT execution_tenant_id_fkey;
ALTER TABLE hedge_order      DROP CONSTRAINT hedge_order_tenant_id_fkey;
ALTER TABLE order_transition DROP CONSTRAINT order_transition_tenant_id_fkey;
ALTER TABLE fill             DROP CONSTRAINT fill_tenant_id_fkey;
ALTER TABLE paper_order      DROP CONSTRAINT paper_order_tenant_id_fkey;
ALTER TABLE ledger_trade     DROP CONSTRAINT ledger_trade_tenant_id_fkey;
ALTER TABLE monitor_decision DROP CONSTRAINT monitor_decision_tenant_id_fkey;

-- Down Migration

ALTER TABLE outbox           ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE event            ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE position         ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE analysis_shard   ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE hedge_plan       ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE execution        ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE hedge_order      ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE order_transition ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE fill             ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE paper_order      ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE ledger_trade     ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
ALTER TABLE monitor_decision ADD FOREIGN KEY (tenant_id) REFERENCES tenant;
