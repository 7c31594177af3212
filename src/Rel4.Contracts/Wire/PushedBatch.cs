namespace Rel4.Contracts.Wire;

/// <summary>Says what a batch of a client's stream is.</summary>
internal enum PushedBatch : byte
{
    /// <summary>Items, and more will come. None of them in the first, which only asks for credit.</summary>
    Items,

    /// <summary>The last items.</summary>
    Last,

    /// <summary>The stream has failed by an error that is meant for the server: a code and a message.</summary>
    Error,

    /// <summary>It has failed by another exception. Nothing.</summary>
    Failed,
}
