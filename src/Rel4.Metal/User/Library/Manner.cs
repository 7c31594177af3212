namespace Rel4.Metal.User;

/// <summary>Says how a task takes turns with another (<see cref="Conversation"/>).</summary>
[Flags]
internal enum Manner : ulong
{
    /// <summary>Waits for the other's first word, asleep.</summary>
    None = 0,

    /// <summary>Has the first word.</summary>
    Begins = 1,

    /// <summary>Looks until something has arrived and never enters the kernel.</summary>
    Spins = 2,

    /// <summary>Takes interrupts between its look and its sleep, so that one is lost: what looks for lost ones must find it.</summary>
    IsCareless = 4,
}
