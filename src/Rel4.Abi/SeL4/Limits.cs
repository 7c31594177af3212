namespace Rel4.Abi;

/// <summary>Gives log2 of the sizes, in bytes unless said, that libsel4 fixes for x86_64, and other limits of the interface.</summary>
public static class Limits
{
    /// <summary>Words of a message at most.</summary>
    public const int MessageWords = 120;

    /// <summary>Message words that travel in registers.</summary>
    public const int MessageRegisters = 4;

    /// <summary>Capabilities in a message at most.</summary>
    public const int ExtraCaps = 3;

    /// <summary>Bits of a machine word.</summary>
    public const int WordBits = 64;

    /// <summary>Slot of a CNode.</summary>
    public const int SlotBits = 5;

    /// <summary>Endpoint.</summary>
    public const int EndpointBits = 4;

    /// <summary>Notification.</summary>
    public const int NotificationBits = 5;

    /// <summary>Thread control block.</summary>
    public const int TcbBits = 11;

    /// <summary>Smallest frame.</summary>
    public const int PageBits = 12;

    /// <summary>Frame of 2 MiB.</summary>
    public const int LargePageBits = 21;

    /// <summary>Frame of 1 GiB.</summary>
    public const int HugePageBits = 30;

    /// <summary>Root of an address space.</summary>
    public const int VSpaceBits = 12;

    /// <summary>Smallest untyped.</summary>
    public const int MinUntypedBits = 4;

    /// <summary>Largest untyped.</summary>
    public const int MaxUntypedBits = 47;

    /// <summary>Alignment and size of an IPC buffer.</summary>
    public const int IpcBufferBits = 10;

    /// <summary>Objects that one retype makes at most (<c>CONFIG_RETYPE_FAN_OUT_LIMIT</c>).</summary>
    public const int RetypeFanOut = 256;

    /// <summary>Highest priority; the lowest is 0.</summary>
    public const int MaxPriority = 255;

    /// <summary>Bits of a notification word, and so vectors of a user-interrupt receiver.</summary>
    public const int Vectors = 64;
}
