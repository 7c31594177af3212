namespace Rel4.Metal.User;

/// <summary>Names what a task does.</summary>
internal enum KvRole : byte
{
    /// <summary>The store answers what comes by either way.</summary>
    Serve,

    /// <summary>The store answers by <c>SeL4.ReplyRecv</c> alone, as a server of seL4's does.</summary>
    ServeSynchronously,

    /// <summary>The load tries all that the store does and refuses, and learns of the store's end.</summary>
    Check,

    /// <summary>The load calls by a channel, from as many coroutines as each signal says.</summary>
    Call,

    /// <summary>The load calls by <c>SeL4.Call</c>.</summary>
    CallSynchronously,
}
