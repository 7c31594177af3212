namespace Rel4.Metal.Proof;

/// <summary>Names the scripted threads: the root task makes them, and every row is played by them.</summary>
internal enum Actor
{
    /// <summary>The one that comes first in queues.</summary>
    First,

    /// <summary>The one behind it.</summary>
    Second,

    /// <summary>The one that performs the operation of a row that begins with a queue.</summary>
    Third,
}
