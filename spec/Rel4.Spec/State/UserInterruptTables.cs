namespace Rel4.Spec;

/// <summary>A receiver of user interrupts: one thread, through one notification (<c>docs/architecture.md</c>, "U-notification").</summary>
/// <param name="Notification">The notification.</param>
/// <param name="Thread">The thread.</param>
/// <param name="Pending">Its pending bits, one for each vector.</param>
public sealed record Receiver(ulong Notification, ulong Thread, ulong Pending);

/// <summary>A sender index of a thread.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Index">Its place in the thread's table.</param>
/// <param name="Generation">The registration; given out once.</param>
/// <param name="Slot">Where the capability that it was registered with lies now.</param>
/// <param name="Receiver">The receiving thread.</param>
/// <param name="Vector">The bit that it posts.</param>
public sealed record Sender(ulong Thread, int Index, ulong Generation, SlotId Slot, ulong Receiver, int Vector);
