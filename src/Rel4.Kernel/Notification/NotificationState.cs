namespace Rel4.Kernel;

/// <summary>Tells what a notification holds.</summary>
internal enum NotificationState : ushort
{
    /// <summary>Neither a signal nor a waiter.</summary>
    Idle = 0,

    /// <summary>Threads wait.</summary>
    Waiting = 1,

    /// <summary>A signal waits.</summary>
    Active = 2,
}
