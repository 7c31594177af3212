namespace Rel4.Metal.User;

/// <summary>Says where a task that the root task builds finds what it is given: addresses in its memory, slots of its CNode.</summary>
internal static class TaskLayout
{
    /// <summary>Page of the IPC buffer.</summary>
    public const ulong IpcBuffer = 0x1000_0000;

    /// <summary>Page of the <see cref="CommandPage"/>.</summary>
    public const ulong Commands = 0x1000_1000;

    /// <summary>Log2 of the slots of its CNode.</summary>
    public const int NodeBits = 6;

    /// <summary>Slot of the notification that tells of a command.</summary>
    public const ulong CommandSlot = 1;

    /// <summary>Slot of the CNode itself, for receiving capabilities.</summary>
    public const ulong NodeSlot = 2;

    /// <summary>Slot of the endpoint of the current row, badged.</summary>
    public const ulong EndpointSlot = 3;

    /// <summary>Slot of the notification of the current row, badged.</summary>
    public const ulong NotificationSlot = 4;

    /// <summary>Slot of the endpoint that takes its faults, badged, if it has a handler.</summary>
    public const ulong FaultSlot = 5;

    /// <summary>First slot that tests fill and empty.</summary>
    public const ulong FirstFree = 16;
}
