namespace Rel4.Kernel;

/// <summary>Tells what a capability refers to.</summary>
internal enum CapType
{
    /// <summary>Nothing: the slot is empty. All bits of the capability are 0.</summary>
    Null = 0,

    /// <summary>Memory for further objects.</summary>
    Untyped = 1,

    /// <summary>An endpoint.</summary>
    Endpoint = 2,

    /// <summary>A notification.</summary>
    Notification = 3,

    /// <summary>A thread that waits for a reply.</summary>
    Reply = 4,

    /// <summary>A CNode.</summary>
    CNode = 5,

    /// <summary>A thread.</summary>
    Thread = 6,

    /// <summary>A CNode or thread in destruction.</summary>
    Zombie = 7,

    /// <summary>A frame of memory.</summary>
    Frame = 8,

    /// <summary>The root of an address space.</summary>
    VSpace = 9,
}
