-- Nothing of this user is let in any more.
INSERT INTO erased_users (user_id)
SELECT {user:UUID}
