// Generated from docs/openapi.json and docs/asyncapi.json by `npm run generate`: change the server's types, not this file.

export interface components {
    schemas: {
        /** @description Who did something. */
        Actor: {
            /** @description The subject of his token. */
            id: string;
            /** @description On whose behalf. */
            kind: components["schemas"]["ActorKind"];
        };
        /**
         * @description On whose behalf something was done.
         * @enum {string}
         */
        ActorKind: "customer" | "staff" | "service" | "system";
        /** @description Where an order goes. */
        Address: {
            /** @description Town. */
            city: string;
            /** @description His company. */
            company?: string;
            /**
             * @description ISO 3166 alpha-2.
             * @example CH
             */
            country: string;
            /** @description E-mail. */
            email?: string;
            /** @description Street and number. */
            line1: string;
            /** @description What does not fit there. */
            line2?: string;
            /** @description Who receives it. */
            name: string;
            /** @description Telephone. */
            phone?: string;
            /** @description Postal code, as the country writes it. */
            postal_code: string;
            /** @description State, canton, county. */
            region?: string;
        };
        /** @description What to change of the address. */
        AddressPatch: {
            city?: string | null;
            company?: string | null;
            country?: string | null;
            email?: string | null;
            line1?: string | null;
            line2?: string | null;
            name?: string | null;
            phone?: string | null;
            postal_code?: string | null;
            region?: string | null;
        };
        /**
         * @description What events are about.
         * @enum {string}
         */
        AggregateType: "order";
        /** @description One thing that the caller may do with the order. */
        AllowedAction: {
            /** @enum {string} */
            action: "change_status";
            /** @description Where to. */
            to: components["schemas"]["Status"];
        } | {
            /** @enum {string} */
            action: "cancel";
        } | {
            /** @enum {string} */
            action: "update";
            /** @description Which details. */
            fields: string[];
        };
        /**
         * @description How finely orders are counted over time.
         * @enum {string}
         */
        AnalyticsUnit: "hour" | "day";
        /** @description The token will end soon. */
        AuthExpiringFrame: {
            /**
             * @description In how many seconds.
             */
            in_secs: number;
            /** @enum {string} */
            type: "auth_expiring";
        };
        /** @description A fresh token, in place of the one that the connection was made with. */
        AuthFrame: {
            /** @description A bearer token. */
            token: string;
            /** @enum {string} */
            type: "auth";
        };
        /**
         * @description Many orders, and why to call them off.
         * @example {
         *       "orders": [
         *         {
         *           "order_id": "ORD-10001"
         *         },
         *         {
         *           "order_id": "ORD-10002"
         *         }
         *       ],
         *       "reason": "inventory"
         *     }
         */
        BulkCancel: {
            /** @description For staff only. */
            internal_note?: string;
            /** @description For the customers to read. */
            message_to_customer?: string;
            /** @description Each named once. */
            orders: components["schemas"]["BulkRow"][];
            /** @description Why. */
            reason: components["schemas"]["CancelReason"];
        };
        /** @description The answer to a bulk request, a result per row in the rows' order. */
        BulkResult: {
            /**
             * @description Rows that were refused.
             */
            failed: number;
            /** @description One per row. */
            results: components["schemas"]["RowResult"][];
            /**
             * @description Rows that are as asked now.
             */
            succeeded: number;
        };
        /** @description One order of a bulk request. */
        BulkRow: {
            /**
             * @description Refuses this row if the order has another version.
             */
            expected_version?: number;
            /** @description Its id, number or reference. */
            order_id: string;
        };
        /**
         * @description Many orders, and where to move them.
         * @example {
         *       "orders": [
         *         {
         *           "order_id": "ORD-10001"
         *         },
         *         {
         *           "expected_version": 1,
         *           "order_id": "ORD-10002"
         *         }
         *       ],
         *       "to": "processing"
         *     }
         */
        BulkStatus: {
            /** @description For staff only. */
            internal_note?: string;
            /** @description For the customers to read. */
            message_to_customer?: string;
            /** @description Each named once. */
            orders: components["schemas"]["BulkRow"][];
            /** @description Where to. */
            to: components["schemas"]["Status"];
        };
        /** @description A number for each channel. */
        ByChannel_u64: {
            /** Format: int64 */
            long_poll: number;
            /** Format: int64 */
            socketio: number;
            /** Format: int64 */
            sse: number;
            /** Format: int64 */
            websocket: number;
        };
        /**
         * @description Why to call an order off.
         * @example {
         *       "message_to_customer": "We are sorry: it is sold out.",
         *       "reason": "inventory"
         *     }
         */
        Cancel: {
            /**
             * @description Fails with `version_conflict` if the order has another version.
             */
            expected_version?: number;
            /** @description For staff only. */
            internal_note?: string;
            /** @description For the customer to read. */
            message_to_customer?: string;
            /** @description Why. A customer may say `customer` or `other`. */
            reason: components["schemas"]["CancelReason"];
        };
        /** @description Orders called off for one reason. */
        Cancellations: {
            /**
             * @description How many.
             */
            count: number;
            /** @description The reason. */
            reason: components["schemas"]["CancelReason"];
        };
        /**
         * @description Why an order was called off.
         * @enum {string}
         */
        CancelReason: "customer" | "declined" | "fraud" | "inventory" | "staff" | "expired" | "other";
        /**
         * @description One detail that changed; the member `kind` tells which. `before` or `after` is null where there was none or is
         *     none, and both are absent once what the detail said has been erased.
         */
        Change: {
            after?: components["schemas"]["Pricing"] | null;
            before?: components["schemas"]["Pricing"] | null;
            /** @enum {string} */
            kind: "pricing";
        } | {
            after?: components["schemas"]["Address"] | null;
            before?: components["schemas"]["Address"] | null;
            /** @enum {string} */
            kind: "shipping_address";
        } | {
            after?: components["schemas"]["Tracking"] | null;
            before?: components["schemas"]["Tracking"] | null;
            /** @enum {string} */
            kind: "tracking";
        } | {
            /**
             * Format: date
             * @description As it is.
             */
            after?: string | null;
            /**
             * Format: date
             * @description As it was.
             */
            before?: string | null;
            /** @enum {string} */
            kind: "estimated_delivery";
        } | {
            /** @description As it is. */
            after?: string | null;
            /** @description As it was. */
            before?: string | null;
            /** @enum {string} */
            kind: "notes";
        } | {
            /** @description As it is. */
            after?: {
                [key: string]: string;
            } | null;
            /** @description As it was. */
            before?: {
                [key: string]: string;
            } | null;
            /** @enum {string} */
            kind: "metadata";
        };
        /**
         * @description Where to move an order.
         * @example {
         *       "details": {
         *         "estimated_delivery": "2026-01-04",
         *         "tracking": {
         *           "carrier": "Post",
         *           "number": "99.00.123456"
         *         }
         *       },
         *       "expected_version": 2,
         *       "message_to_customer": "It is on its way.",
         *       "to": "shipped"
         *     }
         */
        ChangeStatus: {
            /** @description Details to change along with it. */
            details?: components["schemas"]["DetailsPatch"];
            /**
             * @description Fails with `version_conflict` if the order has another version.
             */
            expected_version?: number;
            /** @description For staff only. */
            internal_note?: string;
            /** @description For the customer to read. */
            message_to_customer?: string;
            /** @description Where to; not `cancelled`, which has a command of its own. */
            to: components["schemas"]["Status"];
        };
        /** @description A frame from a client. */
        ClientFrame: components["schemas"]["HelloFrame"] | components["schemas"]["SubscribeFrame"] | components["schemas"]["UnsubscribeFrame"] | components["schemas"]["AuthFrame"] | components["schemas"]["PongFrame"];
        /** @description How many orders are in each status. */
        Counts: {
            /** Format: int64 */
            cancelled: number;
            /** Format: int64 */
            delivered: number;
            /** Format: int64 */
            pending: number;
            /** Format: int64 */
            processing: number;
            /** Format: int64 */
            shipped: number;
        };
        /** @description The orders of one currency. */
        CurrencyFigures: {
            /**
             * @description How many of them are cancelled by now.
             */
            cancelled: number;
            /** @description Its ISO 4217 code. */
            currency: string;
            /**
             * @description Orders placed in the range.
             */
            orders: number;
            /** @description The same by hour or day, earliest first. One in which nothing was placed is left out. */
            periods: components["schemas"]["FiguresPeriod"][];
            /**
             * @description What the others come to, in minor units.
             */
            revenue: number;
        };
        /** @description Nothing for this subscription up to here. */
        CursorFrame: {
            /** @description Where it stands. */
            cursor: string;
            /** @description The subscription. */
            id: string;
            /** @enum {string} */
            type: "cursor";
        };
        /**
         * @description What to change of an order's details, as a merge patch.
         * @example {
         *       "notes": "Please ring twice.",
         *       "shipping_address": {
         *         "city": "Horgen",
         *         "line2": null
         *       }
         *     }
         */
        DetailsPatch: {
            /**
             * Format: date
             * @description Until it is final.
             */
            estimated_delivery?: string | null;
            /** @description Until it is final. A null value takes its name out. */
            metadata?: {
                [key: string]: string | null;
            } | null;
            /** @description At any time. */
            notes?: string | null;
            pricing?: components["schemas"]["PricingPatch"] | null;
            shipping_address?: components["schemas"]["AddressPatch"] | null;
            tracking?: components["schemas"]["TrackingPatch"] | null;
        };
        /** @description The server will stop. */
        DrainFrame: {
            /**
             * @description Reconnect at a random moment within this time.
             */
            retry_within_ms: number;
            /** @enum {string} */
            type: "drain";
        };
        /** @description A wish was not granted; the connection goes on. */
        ErrorFrame: {
            /** @description Stable name of what is wrong. */
            code: string;
            /** @description What is wrong, for people. */
            detail: string;
            /** @description The subscription that it is about. */
            id?: string;
            /** @description Whether the same wish may be granted later. */
            retry: boolean;
            /** @enum {string} */
            type: "error";
        };
        /**
         * @description One event of an order, as far as the caller may see it. Of a guest's, members that are required here are missing.
         * @example {
         *       "aggregate_type": "order",
         *       "cursor": "pN3Z1o8cWq5dQm0yJx7RfA",
         *       "customer_id": "cust-7",
         *       "data": {
         *         "from": "processing",
         *         "message_to_customer": "It is on its way.",
         *         "to": "shipped"
         *       },
         *       "event_id": "0199f2a8-0d3f-7b20-8a41-5f0c2a9e7d10",
         *       "order_id": "0199f2a4-5c1e-7c3a-9d55-3f1f0a6f0b11",
         *       "order_number": "ORD-10001",
         *       "recorded_at": "2026-01-02T09:12:00.000317Z",
         *       "type": "order.status_changed",
         *       "version": 3
         *     }
         */
        Event: components["schemas"]["EventData"] & {
            /** @description Staff only: who did it. */
            actor?: components["schemas"]["Actor"];
            /** @description What the event is about. */
            aggregate_type: components["schemas"]["AggregateType"];
            /** @description Staff only: what caused that request. */
            causation_id?: string;
            /** @description Staff only: the command that did it. */
            command_id?: string;
            /** @description Staff only: the request that brought the command. */
            correlation_id?: string;
            /** @description Its place in the log: give it as `after` to go on from here. */
            cursor: string;
            /** @description Whose it is. */
            customer_id: string;
            /**
             * Format: uuid
             * @description Its id, a `UUIDv7`.
             */
            event_id: string;
            /** @description With `include=order`: the order as of this event. */
            order?: components["schemas"]["OrderSummary"];
            /**
             * Format: uuid
             * @description The order's id.
             */
            order_id: string;
            /** @description The order's number. */
            order_number: string;
            /**
             * @description Staff only: its place as a number.
             */
            position?: number;
            /**
             * Format: date-time
             * @description When the log took it in.
             */
            recorded_at: string;
            /**
             * @description The order's version after it.
             */
            version: number;
        };
        /** @description What happened. The member `type` tells which of these `data` is. */
        EventData: {
            /** @description The order was placed. */
            data: {
                /** @description Staff only: what the shop's systems noted. */
                metadata?: {
                    [key: string]: string;
                };
                /** @description What the customer asked for. */
                notes?: string;
                /**
                 * Format: date-time
                 * @description When it was placed, by the shop's word.
                 */
                placed_at: string;
                /** @description What it costs. */
                pricing: components["schemas"]["Pricing"];
                /** @description The shop's own id. */
                reference?: string;
                /** @description Where it goes. */
                shipping_address?: components["schemas"]["Address"];
            };
            /** @enum {string} */
            type: "order.created";
        } | {
            /** @description Details changed. */
            data: {
                /** @description One entry a detail. */
                changes: components["schemas"]["Change"][];
            };
            /** @enum {string} */
            type: "order.updated";
        } | {
            /** @description The order was moved along. */
            data: {
                /** @description From where. */
                from: components["schemas"]["Status"];
                /** @description Staff only. */
                internal_note?: string;
                /** @description For the customer to read. */
                message_to_customer?: string;
                /** @description Where to. */
                to: components["schemas"]["Status"];
            };
            /** @enum {string} */
            type: "order.status_changed";
        } | {
            /** @description The order was called off. */
            data: {
                /** @description From where. */
                from: components["schemas"]["Status"];
                /** @description Staff only. */
                internal_note?: string;
                /** @description For the customer to read. */
                message_to_customer?: string;
                /** @description Why. */
                reason: components["schemas"]["CancelReason"];
            };
            /** @enum {string} */
            type: "order.cancelled";
        } | {
            /** @description The order has arrived. */
            data: {
                /** @description From where. */
                from: components["schemas"]["Status"];
                /** @description Staff only. */
                internal_note?: string;
                /** @description For the customer to read. */
                message_to_customer?: string;
            };
            /** @enum {string} */
            type: "order.completed";
        } | {
            /** @enum {string} */
            type: "order.unreadable";
        };
        /** @description Something happened to an order. */
        EventFrame: {
            /** @description The event. */
            event: components["schemas"]["Event"];
            /** @description The subscriptions of this connection that it is for. */
            ids: string[];
            /** @description With `include`: the order as of this event. */
            order?: components["schemas"]["OrderSummary"];
            /** @enum {string} */
            type: "event";
        };
        /** @description A page of a topic's events. */
        EventPage: {
            /** @description Where to go on. */
            cursor: string;
            /** @description In log order. */
            data: components["schemas"]["Event"][];
            /** @description Whether there is more already. */
            more: boolean;
            /**
             * @description Staff only: where to go on, as a number.
             */
            position?: number;
        };
        /** @description A field at fault. */
        FieldError: {
            /**
             * @description What it must be.
             * @example must be between 1 and 1,000,000
             */
            detail: string;
            /**
             * @description Its path in the body, or the name of a parameter or header.
             * @example pricing.items[3].quantity
             */
            field: string;
        };
        /** @description Figures over all orders, all of one moment. `docs/analytics.md` says what each of them means. */
        Figures: {
            /** @description How finely orders are counted over time. */
            by: components["schemas"]["AnalyticsUnit"];
            /** @description Orders called off in the range, for each reason that there was. */
            cancellations: components["schemas"]["Cancellations"][];
            /**
             * @description Orders placed in the range and what they come to, by currency, in the order of the codes. A currency
             *     without orders is left out.
             */
            currencies: components["schemas"]["CurrencyFigures"][];
            /** @description The place in the log that they reflect. */
            cursor: string;
            /**
             * Format: date
             * @description The first day of the range.
             * @example 2026-11-01
             */
            from: string;
            /**
             * @description Events of the log that are not in the figures yet, as far as the node knows that answers. Many, where the
             *     figures are made for the first time; some for a moment, while orders change.
             */
            lag_events: number;
            /**
             * @description Orders that the figures could not follow: what happened to them last is not in here.
             */
            parked: number;
            /**
             * @description That place as a number.
             */
            position: number;
            /** @description How long orders that left a status in the range had been in it: `pending`, `processing` and `shipped`. */
            time_in_status: components["schemas"]["TimeInStatus"][];
            /** @description Whose days and hours these are: always `UTC`. */
            time_zone: string;
            /**
             * Format: date
             * @description The last day of the range.
             * @example 2026-11-30
             */
            to: string;
            /** @description Of all currencies together, where that makes sense. */
            totals: components["schemas"]["FiguresTotals"];
        };
        /** @description The orders of one currency that were placed in one hour or on one day. */
        FiguresPeriod: {
            /**
             * @description How many of them are cancelled by now.
             */
            cancelled: number;
            /**
             * @description Orders placed in it.
             */
            orders: number;
            /**
             * @description What the others come to, in minor units.
             */
            revenue: number;
            /**
             * Format: date-time
             * @description When it begins.
             */
            start: string;
        };
        /** @description Counts of all currencies. */
        FiguresTotals: {
            /**
             * @description Orders called off in the range, whenever they were placed.
             */
            cancellations: number;
            /**
             * @description How many of them are cancelled by now.
             */
            cancelled: number;
            /**
             * @description Orders placed in the range.
             */
            orders: number;
        };
        /** @description Who is there; first, unless the upgrade said it. */
        HelloFrame: {
            /** @description A bearer token. */
            token: string;
            /** @enum {string} */
            type: "hello";
        };
        /**
         * @description What can come along with an event.
         * @enum {string}
         */
        Include: "order";
        /** @description Bounds on what a client may send. */
        Limits: {
            /**
             * @description Frames a second, over time.
             */
            frames_per_sec: number;
            /** @description Bytes of a message. */
            max_frame_bytes: number;
            /** @description Subscriptions of a connection. */
            max_subscriptions: number;
        };
        /** @description One line of an order. */
        LineItem: {
            /** @description Names the line within the order. */
            line_id: string;
            /**
             * @description How many.
             */
            quantity: number;
            /** @description The shop's article number. */
            sku: string;
            /** @description What it is, for people. */
            title: string;
            /**
             * @description Price of one, in the currency's minor unit.
             */
            unit_price: number;
        };
        /** @description The replay is over. */
        LiveFrame: {
            /** @description Where it stands. */
            cursor: string;
            /** @description The subscription. */
            id: string;
            /** @enum {string} */
            type: "live";
        };
        /**
         * @description Who the caller is to this service.
         * @example {
         *       "audience": "customer",
         *       "credential": "bearer",
         *       "expires_at": "2026-01-01T12:00:00Z",
         *       "roles": [
         *         "customer"
         *       ],
         *       "subject": "cust-7"
         *     }
         */
        Me: {
            /** @description How much of an order he sees: `customer` or `staff`. */
            audience: string;
            /** @description By what he was recognised: `bearer`, `access_token_cookie` or `session_cookie`. */
            credential: string;
            /**
             * Format: date-time
             * @description When that ends.
             */
            expires_at: string;
            /** @description Who vouches for him. */
            issuer?: string;
            /** @description `customer`, `staff`, `admin`, `service`. */
            roles: string[];
            /** @description His session, where there is one. */
            session_id?: string;
            /** @description His subject; a customer's is his customer id. */
            subject: string;
        };
        /**
         * @description How a subscription begins.
         * @enum {string}
         */
        Mode: "replay" | "live";
        /**
         * @description An order to be placed.
         * @example {
         *       "customer_id": "cust-7",
         *       "pricing": {
         *         "currency": "EUR",
         *         "discount": 0,
         *         "items": [
         *           {
         *             "line_id": "1",
         *             "quantity": 2,
         *             "sku": "TEA-250",
         *             "title": "Green tea, 250 g",
         *             "unit_price": 1250
         *           }
         *         ],
         *         "shipping": 490,
         *         "tax": 0,
         *         "tax_included": true,
         *         "total": 2990
         *       },
         *       "reference": "shop-4711",
         *       "shipping_address": {
         *         "city": "Zürich",
         *         "country": "CH",
         *         "line1": "Kanalstrasse 12",
         *         "name": "Ada Sample",
         *         "postal_code": "8001"
         *       }
         *     }
         */
        NewOrder: {
            /** @description Whose order it is. A customer may leave it out. */
            customer_id: string;
            /** @description What the shop's systems note: a flat map of texts, at most 4 KiB. */
            metadata?: {
                [key: string]: string;
            };
            /** @description What the customer asked for. */
            notes?: string;
            /**
             * Format: date-time
             * @description When it was placed; now, if not given. At most 24 hours ahead.
             */
            placed_at?: string;
            /** @description What it costs. */
            pricing: components["schemas"]["Pricing"];
            /** @description The shop's own id, unique where given, accepted wherever an order id is. */
            reference?: string;
            /** @description Where it goes. */
            shipping_address?: components["schemas"]["Address"];
        };
        /** @description Which node this is. */
        Node: {
            /**
             * Format: uuid
             * @description Its own, and new with every start.
             */
            id: string;
            /** @description What people call it: `WAYBILL_NODE_NAME`, or its machine and port. */
            name: string;
            /**
             * Format: date-time
             * @description When it was started, by its own clock.
             */
            started_at: string;
            /** @description The build that it runs. */
            version: string;
        };
        /** @description How a node's clock compares with the database's. */
        NodeClock: {
            /**
             * Format: double
             * @description By how much the node's is ahead; negative if it is behind.
             */
            ahead_secs: number;
            /**
             * Format: double
             * @description By how much that may be wrong, and with it every duration in `delivery`.
             */
            uncertainty_secs: number;
        };
        /** @description A pool of connections to the database. */
        NodeDatabase: {
            /**
             * @description Connections that are open and not in use.
             */
            idle: number;
            /**
             * @description Connections that are in use.
             */
            in_use: number;
            /**
             * @description As many as there may be.
             */
            max: number;
            /** @description Callers that wait for one. */
            waiting: number;
        };
        /** @description How well a node follows the log. */
        NodeLog: {
            /**
             * @description Events that the database had and the node had not, when it looked for that last, once a second.
             */
            lag_events: number;
            /**
             * Format: double
             * @description How long ago the log was last read without an error.
             */
            read_secs_ago: number;
        };
        /** @description What a node did within one interval. */
        NodeSample: {
            /** @description How long batches took to be appended. */
            append: components["schemas"]["Took"];
            /** @description Commands that waited for the appender. */
            append_queue: number;
            /**
             * Format: date-time
             * @description When the interval ended, by the node's clock.
             */
            at: string;
            /** @description Connections that were open then. */
            connections: components["schemas"]["ByChannel_u64"];
            /**
             * @description Connections to the database that were in use.
             */
            database_in_use: number;
            /** @description How long live events took to be sent. */
            delivery: components["schemas"]["Took"];
            /**
             * @description 1 is the first one of the node; each is one more than the one before.
             */
            number: number;
            /** @description What happened in a second, on average. */
            per_second: components["schemas"]["Rates"];
        };
        /** @description How one node is doing. */
        NodeState: {
            /** @description How long batches took to be appended, within `window_secs`. */
            append: components["schemas"]["Took"];
            /** @description Commands that wait for the appender. */
            append_queue: number;
            /**
             * Format: date-time
             * @description When it answered, by its own clock.
             */
            at: string;
            /** @description How the node's clock compares with the database's. */
            clock: components["schemas"]["NodeClock"];
            /** @description Connections that are open; polls count while they are answered. */
            connections: components["schemas"]["ByChannel_u64"];
            /** @description As many as may be open on all channels together. */
            connections_max: number;
            /** @description The pool of connections to the database. */
            database: components["schemas"]["NodeDatabase"];
            /**
             * @description How long live events took from `recorded_at` until this node had handed them to the client's
             *     connection, by the database's clock, within `window_secs`.
             */
            delivery: components["schemas"]["Took"];
            /** @description Whether it is about to stop, or has lost a task that it cannot do without. */
            draining: boolean;
            /**
             * @description The log's epoch.
             */
            epoch: number;
            /** @description How well the node follows the log. */
            log: components["schemas"]["NodeLog"];
            /** @description Who answers. Behind a balancer the next answer may be another node's. */
            node: components["schemas"]["Node"];
            /** @description What happened in a second, by the last sample. */
            per_second: components["schemas"]["Rates"];
            /**
             * @description The newest event that this node knows of.
             */
            position: number;
            /**
             * @description Between two samples.
             */
            sample_secs: number;
            /** @description The last ten minutes, oldest first; with `after`, what has come since. */
            samples: components["schemas"]["NodeSample"][];
            /** @description Topics that are followed, by all connections together. */
            subscriptions: number;
            /**
             * Format: double
             * @description For how long it has been running.
             */
            uptime_secs: number;
            /** @description Clients that wait to be let in. */
            waiting: number;
            /**
             * @description The time over which `delivery` and `append` are summed up.
             */
            window_secs: number;
        };
        /** @description An order, and the place in the log that the answer reflects. */
        OrderAnswer: components["schemas"]["OrderView"] & {
            /** @description The place in the log that this reflects: give it as `after` to follow the order from here. */
            cursor: string;
            /**
             * @description Staff only: that place as a number.
             */
            position?: number;
        };
        /** @description A page of one order's events. */
        OrderEventPage: {
            /** @description The place in the log that this reflects. */
            cursor: string;
            /** @description Oldest first. */
            data: components["schemas"]["Event"][];
            /** @description Give it as `page_cursor` for the next page; null on the last. */
            next_cursor: string | null;
            /**
             * @description Staff only: that place as a number.
             */
            position?: number;
        };
        /** @description A page of orders. */
        OrderPage: {
            /** @description With `counts=true`: how many orders are in each status, of the customer or of the whole shop. */
            counts?: components["schemas"]["Counts"];
            /** @description The place in the log that this reflects. */
            cursor: string;
            /** @description In the order asked for. */
            data: components["schemas"]["OrderSummary"][];
            /** @description Give it as `page_cursor` for the next page; null on the last. */
            next_cursor: string | null;
            /**
             * @description Staff only: that place as a number.
             */
            position?: number;
        };
        /**
         * @description An order as a row of a list, as far as the caller may see it. Of a guest's, members that are required here are missing.
         * @example {
         *       "city": "Zürich",
         *       "created_at": "2026-01-01T11:59:31.201004Z",
         *       "currency": "EUR",
         *       "customer_id": "cust-7",
         *       "item_count": 2,
         *       "order_id": "0199f2a4-5c1e-7c3a-9d55-3f1f0a6f0b11",
         *       "order_number": "ORD-10001",
         *       "placed_at": "2026-01-01T11:59:30.500000Z",
         *       "recipient": "Ada Sample",
         *       "stale": false,
         *       "status": "shipped",
         *       "titles": [
         *         "Green tea, 250 g"
         *       ],
         *       "total": 2990,
         *       "tracking": {
         *         "carrier": "Post",
         *         "number": "99.00.123456"
         *       },
         *       "updated_at": "2026-01-02T09:12:00.000317Z",
         *       "version": 3
         *     }
         */
        OrderSummary: {
            /** @description Why it was called off. */
            cancel_reason?: components["schemas"]["CancelReason"];
            /** @description Where it goes. */
            city?: string;
            /**
             * Format: date-time
             * @description When the log took it in.
             */
            created_at: string;
            /** @description ISO 4217. */
            currency: string;
            /** @description Whose it is. */
            customer_id: string;
            /**
             * Format: date
             * @description When it should arrive.
             */
            estimated_delivery?: string;
            /**
             * @description Sum of the quantities.
             */
            item_count: number;
            /**
             * Format: uuid
             * @description Its id, a `UUIDv7`.
             */
            order_id: string;
            /** @description Its number for people. */
            order_number: string;
            /**
             * Format: date-time
             * @description When it was placed, by the shop's word.
             */
            placed_at: string;
            /** @description Who receives it. */
            recipient?: string;
            /** @description The shop's own id. */
            reference?: string;
            /** @description In lists: the order's newest events could not be taken in, so the row is older than the order. */
            stale?: boolean;
            /** @description Where it stands. */
            status: components["schemas"]["Status"];
            /** @description Of the first three lines. */
            titles: string[];
            /**
             * @description In the currency's minor unit.
             */
            total: number;
            /** @description How it can be followed. */
            tracking?: components["schemas"]["Tracking"];
            /**
             * Format: date-time
             * @description When its last event was written.
             */
            updated_at: string;
            /**
             * @description Counts its events, from 1.
             */
            version: number;
        };
        /**
         * @description A whole order, as far as the caller may see it. Of a guest's, members that are required here are missing.
         * @example {
         *       "allowed_actions": [
         *         {
         *           "action": "change_status",
         *           "to": "delivered"
         *         },
         *         {
         *           "action": "update",
         *           "fields": [
         *             "tracking",
         *             "estimated_delivery",
         *             "notes",
         *             "metadata"
         *           ]
         *         }
         *       ],
         *       "created_at": "2026-01-01T11:59:31.201004Z",
         *       "customer_id": "cust-7",
         *       "estimated_delivery": "2026-01-04",
         *       "order_id": "0199f2a4-5c1e-7c3a-9d55-3f1f0a6f0b11",
         *       "order_number": "ORD-10001",
         *       "placed_at": "2026-01-01T11:59:30.500000Z",
         *       "pricing": {
         *         "currency": "EUR",
         *         "discount": 0,
         *         "items": [
         *           {
         *             "line_id": "1",
         *             "quantity": 2,
         *             "sku": "TEA-250",
         *             "title": "Green tea, 250 g",
         *             "unit_price": 1250
         *           }
         *         ],
         *         "shipping": 490,
         *         "tax": 0,
         *         "tax_included": true,
         *         "total": 2990
         *       },
         *       "reference": "shop-4711",
         *       "shipping_address": {
         *         "city": "Zürich",
         *         "country": "CH",
         *         "line1": "Kanalstrasse 12",
         *         "name": "Ada Sample",
         *         "postal_code": "8001"
         *       },
         *       "status": "shipped",
         *       "tracking": {
         *         "carrier": "Post",
         *         "number": "99.00.123456"
         *       },
         *       "updated_at": "2026-01-02T09:12:00.000317Z",
         *       "version": 3
         *     }
         */
        OrderView: {
            /** @description What the caller may do now. Absent when an earlier version is shown. */
            allowed_actions?: components["schemas"]["AllowedAction"][];
            /** @description Why it was called off. */
            cancel_reason?: components["schemas"]["CancelReason"];
            /**
             * Format: date-time
             * @description When the log took it in.
             */
            created_at: string;
            /** @description Whose it is. */
            customer_id: string;
            /**
             * Format: date
             * @description When it should arrive.
             */
            estimated_delivery?: string;
            /** @description Staff only: what the shop's systems noted. */
            metadata?: {
                [key: string]: string;
            };
            /** @description What the customer asked for. */
            notes?: string;
            /**
             * Format: uuid
             * @description Its id, a `UUIDv7`.
             */
            order_id: string;
            /**
             * @description Its number for people.
             * @example ORD-10001
             */
            order_number: string;
            /**
             * Format: date-time
             * @description When it was placed, by the shop's word.
             */
            placed_at: string;
            /** @description What it costs. */
            pricing: components["schemas"]["Pricing"];
            /** @description The shop's own id. */
            reference?: string;
            /** @description Where it goes. */
            shipping_address?: components["schemas"]["Address"];
            /** @description Where it stands. */
            status: components["schemas"]["Status"];
            /** @description How it can be followed. */
            tracking?: components["schemas"]["Tracking"];
            /**
             * Format: date-time
             * @description When its last event was written.
             */
            updated_at: string;
            /**
             * @description Counts its events, from 1.
             */
            version: number;
        };
        /**
         * @description What became of a command.
         * @enum {string}
         */
        Outcome: "applied" | "unchanged";
        /** @description An order that a read model could not follow. */
        Parked: {
            /** @description That event's stored type. */
            event_type: string | null;
            /**
             * Format: uuid
             * @description The order.
             */
            order_id: string;
            /** @description Its number. */
            order_number: string | null;
            /**
             * Format: date-time
             * @description Since when.
             */
            parked_at: string;
            /**
             * @description That event's place in the log.
             */
            position: number;
            /** @description The read model. */
            projection: string;
            /** @description What is wrong; quotes no content. */
            reason: string;
            /**
             * @description The version of the event at fault.
             */
            version: number;
            /**
             * @description Events of the order that are not taken in.
             */
            waiting: number;
        };
        /** @description A page of parked orders. */
        ParkedPage: {
            /** @description By projection, the longest parked first. */
            data: components["schemas"]["Parked"][];
            /** @description Give it as `page_cursor` for the next page; null on the last. */
            next_cursor: string | null;
        };
        /**
         * @description A status that orders leave again.
         * @enum {string}
         */
        PassingStatus: "pending" | "processing" | "shipped";
        /** @description To be answered with a pong. */
        PingFrame: {
            /** @description The log's head. */
            cursor: string;
            /** @enum {string} */
            type: "ping";
        };
        /** @description The answer to a ping. */
        PongFrame: {
            /** @enum {string} */
            type: "pong";
        };
        /**
         * @description What an order costs. All amounts are integers in the currency's minor unit, and they add up:
         *     sum of quantity × unit price − discount + shipping (+ tax, unless included) = total.
         */
        Pricing: {
            /**
             * @description ISO 4217.
             * @example EUR
             */
            currency: string;
            /**
             * @description Taken off.
             */
            discount: number;
            /** @description 1 to 200 lines. */
            items: components["schemas"]["LineItem"][];
            /**
             * @description For the way.
             */
            shipping: number;
            /**
             * @description Tax, in the prices or on top of them.
             */
            tax: number;
            /** @description Whether the prices include the tax. */
            tax_included: boolean;
            /**
             * @description What is to be paid.
             */
            total: number;
        };
        /** @description What to change of the pricing. `items` are replaced as a whole, and everything must add up. */
        PricingPatch: {
            currency?: string | null;
            /** Format: int64 */
            discount?: number | null;
            items?: components["schemas"]["LineItem"][] | null;
            /** Format: int64 */
            shipping?: number | null;
            /** Format: int64 */
            tax?: number | null;
            tax_included?: boolean | null;
            /** Format: int64 */
            total?: number | null;
        };
        /**
         * @description Why a request was refused or failed.
         * @example {
         *       "allowed_actions": [
         *         {
         *           "action": "change_status",
         *           "to": "delivered"
         *         }
         *       ],
         *       "code": "illegal_transition",
         *       "detail": "An order cannot go from shipped to processing.",
         *       "request_id": "0199f2a8-0d3f-7b20-8a41-5f0c2a9e7d12",
         *       "status": 409,
         *       "title": "The order can't go there",
         *       "type": "/docs/problems#illegal_transition"
         *     }
         */
        Problem: {
            /** @description With a refused transition: what the caller may do instead. */
            allowed_actions?: components["schemas"]["AllowedAction"][];
            /** @description With them: what has happened since the version that the caller has seen, at most 50 events. */
            changes?: components["schemas"]["Event"][];
            /** @description With them: whether `changes` are all. */
            changes_complete?: boolean;
            /** @description Stable: for programs to go by. */
            code: string;
            /**
             * @description With `version_conflict` and `precondition_failed`: where the order stands.
             */
            current_version?: number;
            /** @description For people; may change. */
            detail: string;
            /** @description The fields at fault. */
            errors?: components["schemas"]["FieldError"][];
            /** @description With `cursor_reset`: `epoch`, `ahead` or `mismatch`. */
            reason?: string;
            /** @description Leads to the request in the service's logs. Absent inside other answers. */
            request_id?: string;
            /**
             * @description Likewise in milliseconds.
             */
            retry_after_ms?: number;
            /**
             * @description When to try again, as in `Retry-After`.
             */
            retry_after_secs?: number;
            /**
             * @description The HTTP status.
             */
            status: number;
            /** @description The same for every problem of this code. */
            title: string;
            /**
             * @description Where it is explained.
             * @example /docs/problems#illegal_transition
             */
            type: string;
        };
        /** @description How a read model is doing. */
        Projection: {
            /**
             * @description The log reaches up to here.
             */
            head: number;
            /**
             * @description Events that it is behind.
             */
            lag_events: number;
            /**
             * Format: double
             * @description For how long the oldest of them has been waiting.
             */
            lag_seconds: number;
            /** @description Its name. */
            name: string;
            /**
             * @description Orders that it could not follow.
             */
            parked: number;
            /**
             * @description It reflects the log up to here.
             */
            position: number;
            rebuild: components["schemas"]["Rebuild"] | null;
            /** @description Why it goes no further, if it has stopped. */
            stopped_because: string | null;
            /**
             * Format: date-time
             * @description When it last moved.
             */
            updated_at: string;
        };
        /** @description All read models. */
        ProjectionPage: {
            /** @description One each. */
            data: components["schemas"]["Projection"][];
            /** @description Always null: they are few. */
            next_cursor: string | null;
        };
        /** @description How much happens in a second. */
        Rates: {
            /**
             * Format: double
             * @description Events that this node has appended.
             */
            appended_events: number;
            /**
             * Format: double
             * @description Events that this node has sent: one to a hundred clients counts a hundred times.
             */
            deliveries: number;
            /**
             * Format: double
             * @description Events of the whole log, whichever node has appended them.
             */
            log_events: number;
        };
        /** @description A rebuild, running or past. */
        Rebuild: {
            /**
             * @description Events done.
             */
            done: number;
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at: string | null;
            /** @description How it ended, in words. */
            outcome: string | null;
            /** @description What it is at. */
            phase: string | null;
            /** @description Whether it runs now. */
            running: boolean;
            /**
             * Format: date-time
             * @description When it began.
             */
            started_at: string;
            /**
             * @description Events to do.
             */
            total: number;
        };
        /** @description A rebuild has begun. */
        RebuildBegun: {
            /** @description Always `begun`. */
            outcome: string;
            /** @description The read model. */
            projection: string;
        };
        /** @description What became of an order that was tried again. */
        Redriven: {
            /**
             * Format: uuid
             * @description The order.
             */
            order_id: string;
            /** @description One per read model. */
            results: components["schemas"]["RedriveResult"][];
        };
        /** @description What became of an order in one read model. */
        RedriveResult: {
            /** @description `not_parked`, `unparked` or `still_parked`. */
            outcome: string;
            /** @description The read model. */
            projection: string;
            /** @description Why it is still parked. */
            reason?: string;
        };
        /** @description The client's state is of no use any more; the subscription has ended. */
        ResetFrame: {
            /** @description The subscription. */
            id: string;
            /** @description Why. */
            reason: components["schemas"]["ResetReason"];
            /** @enum {string} */
            type: "reset";
        };
        /**
         * @description Why a cursor does not fit the log.
         * @enum {string}
         */
        ResetReason: "epoch" | "ahead" | "mismatch";
        /**
         * @description What became of a row.
         * @enum {string}
         */
        RowOutcome: "applied" | "unchanged" | "refused";
        /** @description The result of one row. */
        RowResult: {
            /** @description The place in the log of its last event. */
            cursor?: string;
            /** @description The order's id; what the row named, if there is no such order. */
            order_id: string;
            /** @description What became of it. */
            outcome: components["schemas"]["RowOutcome"];
            /**
             * @description That place as a number.
             */
            position?: number;
            /** @description Why it was refused. */
            problem?: components["schemas"]["Problem"];
            /** @description Whether it was done by an earlier request with the same key. */
            replayed?: boolean;
            /**
             * @description The order's version afterwards.
             */
            version?: number;
        };
        /** @description A frame to a client. */
        ServerFrame: components["schemas"]["WelcomeFrame"] | components["schemas"]["SubscribedFrame"] | components["schemas"]["SnapshotFrame"] | components["schemas"]["LiveFrame"] | components["schemas"]["CursorFrame"] | components["schemas"]["ResetFrame"] | components["schemas"]["AuthExpiringFrame"] | components["schemas"]["PingFrame"] | components["schemas"]["DrainFrame"] | components["schemas"]["ErrorFrame"] | components["schemas"]["EventFrame"];
        /** @description The present state, and the cursor from which events go on. */
        SnapshotFrame: {
            /** @description From where events go on. */
            cursor: string;
            /** @description The subscription. */
            id: string;
            /** @description Where the next page of `GET /v1/orders` begins, if there is one. */
            next_cursor?: string;
            /** @description One order, for a topic that is one order. */
            order?: components["schemas"]["OrderView"];
            /** @description The first page of orders, for the other topics. */
            orders?: components["schemas"]["OrderSummary"][];
            /** @enum {string} */
            type: "snapshot";
        };
        /**
         * @description Where an order stands.
         * @enum {string}
         */
        Status: "pending" | "processing" | "shipped" | "delivered" | "cancelled";
        /** @description The subscription has begun. */
        SubscribedFrame: {
            /** @description From where it goes on. */
            cursor: string;
            /** @description The subscription. */
            id: string;
            /** @description Whether older events come first. */
            mode: components["schemas"]["Mode"];
            /** @enum {string} */
            type: "subscribed";
        };
        /** @description Follow a topic. */
        SubscribeFrame: {
            /** @description A cursor, `earliest` or `now`, which is the default; staff may give a bare position. */
            after?: string;
            /**
             * @description The client's name for the subscription: 1 to 64 printable ASCII characters without blank, quote
             *     and backslash.
             */
            id: string;
            /** @description `order`: each event with its order's summary. */
            include?: components["schemas"]["Include"];
            /** @description Begin with the present state instead of a cursor. */
            snapshot?: boolean;
            /** @description `orders`, `customer:ID`, `customer:me` or `order:ID`. */
            topic: string;
            /** @enum {string} */
            type: "subscribe";
            /** @description Only events of these types. */
            types?: string[];
        };
        /** @description How long orders are in a status. */
        TimeInStatus: {
            /**
             * @description Orders that left it in the range.
             */
            count: number;
            /**
             * Format: double
             * @description Half of them were in it for so many seconds at most, to within 1/64 (1.6 %). Null if there are none.
             */
            median_secs: number | null;
            /**
             * Format: double
             * @description 95 of 100 of them were in it for so many seconds at most, likewise.
             */
            p95_secs: number | null;
            /** @description The status. */
            status: components["schemas"]["PassingStatus"];
        };
        /** @description One line of an order's history, as far as the caller may see it. */
        TimelineEntry: {
            /** @description Staff only: who did it. */
            actor?: components["schemas"]["Actor"];
            /** @description Which details changed. */
            changes?: string[];
            /** @description From which status. */
            from?: components["schemas"]["Status"];
            /** @description Staff only. */
            internal_note?: string;
            /** @description For the customer to read. */
            message_to_customer?: string;
            /**
             * @description Staff only: the event's place in the log as a number.
             */
            position?: number;
            /** @description Why it was called off. */
            reason?: components["schemas"]["CancelReason"];
            /**
             * Format: date-time
             * @description When the log took it in.
             */
            recorded_at: string;
            /**
             * @description How long the order had the status before.
             */
            seconds_since_previous_status?: number;
            /** @description To which status. */
            to?: components["schemas"]["Status"];
            /** @description The event's type, such as `order.status_changed`. */
            type: string;
            /**
             * @description The order's version after it.
             */
            version: number;
        };
        /** @description A page of an order's history. */
        TimelinePage: {
            /** @description The place in the log that this reflects. */
            cursor: string;
            /** @description Oldest first. */
            data: components["schemas"]["TimelineEntry"][];
            /** @description Give it as `page_cursor` for the next page; null on the last. */
            next_cursor: string | null;
            /**
             * @description Staff only: that place as a number.
             */
            position?: number;
            /** @description The order's newest events could not be taken in: what happened later is not in here. */
            stale: boolean;
        };
        /** @description How long something took, in milliseconds; null where nothing was measured. */
        Took: {
            /**
             * @description How often it was measured.
             */
            count: number;
            /**
             * Format: double
             * @description Half of them took no longer.
             */
            p50_ms: number | null;
            /**
             * Format: double
             * @description 95 of 100 took no longer.
             */
            p95_ms: number | null;
            /**
             * Format: double
             * @description 99 of 100 took no longer.
             */
            p99_ms: number | null;
        };
        /** @description How a parcel can be followed. */
        Tracking: {
            /** @description Who brings it. */
            carrier?: string;
            /** @description His number for it. */
            number: string;
            /**
             * Format: uri
             * @description Where to look, https.
             */
            url?: string;
        };
        /** @description What to change of the tracking. */
        TrackingPatch: {
            carrier?: string | null;
            number?: string | null;
            url?: string | null;
        };
        /** @description Stop following. */
        UnsubscribeFrame: {
            /** @description The subscription. */
            id: string;
            /** @enum {string} */
            type: "unsubscribe";
        };
        /** @description The client is known. */
        WelcomeFrame: {
            /** @description Names the connection in the server's log. */
            connection_id: string;
            /**
             * @description The log's epoch.
             */
            epoch: number;
            /** @description Bounds on what the client may send. */
            limits: components["schemas"]["Limits"];
            /**
             * @description How often a ping will come.
             */
            ping_secs: number;
            /** @description With which roles. */
            roles: string[];
            /** @description Who the client is taken for. */
            subject: string;
            /**
             * Format: date-time
             * @description When the token ends; the connection ends with it.
             */
            token_expires_at: string;
            /** @enum {string} */
            type: "welcome";
        };
        /** @description The answer to a command on one order. */
        Written: {
            /** @description The place in the log of its last event: give it as `min_position` to read what was written. */
            cursor: string;
            /** @description The order afterwards. */
            order: components["schemas"]["OrderView"];
            /**
             * Format: uuid
             * @description The order's id.
             */
            order_id: string;
            /** @description The order's number. */
            order_number: string;
            /** @description What became of it. */
            outcome: components["schemas"]["Outcome"];
            /**
             * @description Staff only: that place as a number.
             */
            position?: number;
            /**
             * @description The order's version afterwards.
             */
            version: number;
        };
    };
}
export type Actor = components['schemas']['Actor'];
export type ActorKind = components['schemas']['ActorKind'];
export type Address = components['schemas']['Address'];
export type AddressPatch = components['schemas']['AddressPatch'];
export type AggregateType = components['schemas']['AggregateType'];
export type AllowedAction = components['schemas']['AllowedAction'];
export type AnalyticsUnit = components['schemas']['AnalyticsUnit'];
export type AuthExpiringFrame = components['schemas']['AuthExpiringFrame'];
export type AuthFrame = components['schemas']['AuthFrame'];
export type BulkCancel = components['schemas']['BulkCancel'];
export type BulkResult = components['schemas']['BulkResult'];
export type BulkRow = components['schemas']['BulkRow'];
export type BulkStatus = components['schemas']['BulkStatus'];
export type ByChannelU64 = components['schemas']['ByChannel_u64'];
export type Cancel = components['schemas']['Cancel'];
export type Cancellations = components['schemas']['Cancellations'];
export type CancelReason = components['schemas']['CancelReason'];
export type Change = components['schemas']['Change'];
export type ChangeStatus = components['schemas']['ChangeStatus'];
export type ClientFrame = components['schemas']['ClientFrame'];
export type Counts = components['schemas']['Counts'];
export type CurrencyFigures = components['schemas']['CurrencyFigures'];
export type CursorFrame = components['schemas']['CursorFrame'];
export type DetailsPatch = components['schemas']['DetailsPatch'];
export type DrainFrame = components['schemas']['DrainFrame'];
export type ErrorFrame = components['schemas']['ErrorFrame'];
export type Event = components['schemas']['Event'];
export type EventData = components['schemas']['EventData'];
export type EventFrame = components['schemas']['EventFrame'];
export type EventPage = components['schemas']['EventPage'];
export type FieldError = components['schemas']['FieldError'];
export type Figures = components['schemas']['Figures'];
export type FiguresPeriod = components['schemas']['FiguresPeriod'];
export type FiguresTotals = components['schemas']['FiguresTotals'];
export type HelloFrame = components['schemas']['HelloFrame'];
export type Include = components['schemas']['Include'];
export type Limits = components['schemas']['Limits'];
export type LineItem = components['schemas']['LineItem'];
export type LiveFrame = components['schemas']['LiveFrame'];
export type Me = components['schemas']['Me'];
export type Mode = components['schemas']['Mode'];
export type NewOrder = components['schemas']['NewOrder'];
export type Node = components['schemas']['Node'];
export type NodeClock = components['schemas']['NodeClock'];
export type NodeDatabase = components['schemas']['NodeDatabase'];
export type NodeLog = components['schemas']['NodeLog'];
export type NodeSample = components['schemas']['NodeSample'];
export type NodeState = components['schemas']['NodeState'];
export type OrderAnswer = components['schemas']['OrderAnswer'];
export type OrderEventPage = components['schemas']['OrderEventPage'];
export type OrderPage = components['schemas']['OrderPage'];
export type OrderSummary = components['schemas']['OrderSummary'];
export type OrderView = components['schemas']['OrderView'];
export type Outcome = components['schemas']['Outcome'];
export type Parked = components['schemas']['Parked'];
export type ParkedPage = components['schemas']['ParkedPage'];
export type PassingStatus = components['schemas']['PassingStatus'];
export type PingFrame = components['schemas']['PingFrame'];
export type PongFrame = components['schemas']['PongFrame'];
export type Pricing = components['schemas']['Pricing'];
export type PricingPatch = components['schemas']['PricingPatch'];
export type Problem = components['schemas']['Problem'];
export type Projection = components['schemas']['Projection'];
export type ProjectionPage = components['schemas']['ProjectionPage'];
export type Rates = components['schemas']['Rates'];
export type Rebuild = components['schemas']['Rebuild'];
export type RebuildBegun = components['schemas']['RebuildBegun'];
export type Redriven = components['schemas']['Redriven'];
export type RedriveResult = components['schemas']['RedriveResult'];
export type ResetFrame = components['schemas']['ResetFrame'];
export type ResetReason = components['schemas']['ResetReason'];
export type RowOutcome = components['schemas']['RowOutcome'];
export type RowResult = components['schemas']['RowResult'];
export type ServerFrame = components['schemas']['ServerFrame'];
export type SnapshotFrame = components['schemas']['SnapshotFrame'];
export type Status = components['schemas']['Status'];
export type SubscribedFrame = components['schemas']['SubscribedFrame'];
export type SubscribeFrame = components['schemas']['SubscribeFrame'];
export type TimeInStatus = components['schemas']['TimeInStatus'];
export type TimelineEntry = components['schemas']['TimelineEntry'];
export type TimelinePage = components['schemas']['TimelinePage'];
export type Took = components['schemas']['Took'];
export type Tracking = components['schemas']['Tracking'];
export type TrackingPatch = components['schemas']['TrackingPatch'];
export type UnsubscribeFrame = components['schemas']['UnsubscribeFrame'];
export type WelcomeFrame = components['schemas']['WelcomeFrame'];
export type Written = components['schemas']['Written'];

/** Every {@link Status}. */
export const STATUSES = ['pending', 'processing', 'shipped', 'delivered', 'cancelled'] as const satisfies readonly Status[];

/** Every {@link CancelReason}. */
export const CANCEL_REASONS = ['customer', 'declined', 'fraud', 'inventory', 'staff', 'expired', 'other'] as const satisfies readonly CancelReason[];
