namespace Rel4.Metal.User;

/// <summary>Names the tasks that play the rows, each in an address space of its own.</summary>
internal enum Actor
{
    /// <summary>The one that comes first in queues.</summary>
    First,

    /// <summary>The one behind it.</summary>
    Second,

    /// <summary>The one that performs the operation of a row that begins with a queue.</summary>
    Third,
}
