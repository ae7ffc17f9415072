// Entry of a thread that never comes to work.
throw new Error('overslept');
