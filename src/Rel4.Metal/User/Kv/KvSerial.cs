namespace Rel4.Metal.User;

/// <summary>Says what the root task gives the driver of the serial port, and where that is.</summary>
internal static class KvSerial
{
    /// <summary>Slot of the store's endpoint.</summary>
    public const ulong Endpoint = BrokerLayout.FirstFree;

    /// <summary>Slot of the port's registers.</summary>
    public const ulong Registers = BrokerLayout.FirstFree + 1;

    /// <summary>Slot of its interrupt, which signals the driver's bell.</summary>
    public const ulong Interrupt = BrokerLayout.FirstFree + 2;

    /// <summary>Number of that interrupt.</summary>
    public const ulong Line = 4;
}
