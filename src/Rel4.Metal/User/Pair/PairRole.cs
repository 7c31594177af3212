namespace Rel4.Metal.User;

/// <summary>Names what a task does.</summary>
internal enum PairRole : byte
{
    /// <summary>Answers requests for ever.</summary>
    Serve,

    /// <summary>Calls from many coroutines at once, each time it is signalled, and tells how many replies were right.</summary>
    Call,
}
