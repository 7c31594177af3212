using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Prints on the first serial port and ends the machine, by capabilities to their I/O ports.</summary>
internal static class Terminal
{
    private const ushort SerialPort = 0x3F8;
    private const ushort LineStatus = SerialPort + 5;
    private const byte TakesCharacter = 1 << 5;
    private const byte AllSent = 1 << 6;

    // QEMU: -device isa-debug-exit,iobase=0xf4,iosize=4
    private const ushort ExitPort = 0xF4;

    // Bochs, which logs what is written to the other, ends at the letters of "Shutdown".
    private const ushort ShutdownPort = 0x8900;

    private static ulong _serial;
    private static ulong _exit;
    private static ulong _shutdown;

    /// <summary>Gets the slot of the serial port's registers.</summary>
    public static ulong Registers => _serial;

    /// <summary>Takes the ports. The kernel has set the serial port up.</summary>
    public static void Open()
    {
        _serial = TakePorts(SerialPort, 8);
        _exit = TakePorts(ExitPort, 4);
        _shutdown = TakePorts(ShutdownPort, 1);
    }

    /// <summary>Prints one character.</summary>
    public static void Print(byte character)
    {
        AwaitLine(TakesCharacter);
        _ = SeL4.X86_IOPort_Out8(_serial, SerialPort, character);
    }

    /// <summary>Prints text.</summary>
    public static void Print(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
            Print(text[i]);
    }

    /// <summary>Prints text and fills up with spaces to a width.</summary>
    public static void Print(ReadOnlySpan<byte> text, int width)
    {
        Print(text);
        for (int i = text.Length; i < width; i++)
            Print((byte)' ');
    }

    /// <summary>Prints a number in decimal.</summary>
    public static void Print(ulong number)
    {
        Span<byte> digits = stackalloc byte[20];
        int count = 0;
        do
        {
            digits[count++] = (byte)('0' + (number % 10));
            number /= 10;
        }
        while (number != 0);
        while (count > 0)
            Print(digits[--count]);
    }

    /// <summary>Prints a line of a benchmark.</summary>
    public static void PrintCount(ReadOnlySpan<byte> name, ulong count)
    {
        Print("bench "u8);
        Print(name);
        Print(" "u8);
        Print(count);
        Print("\n"u8);
    }

    /// <summary>Ends the machine, once all is printed.</summary>
    public static void Exit(ExitStatus status)
    {
        AwaitLine(AllSent);
        _ = SeL4.X86_IOPort_Out32(_exit, ExitPort, (uint)status);
        ReadOnlySpan<byte> letters = "Shutdown"u8;
        for (int i = 0; i < letters.Length; i++)
            _ = SeL4.X86_IOPort_Out8(_shutdown, ShutdownPort, letters[i]);
        Environment.FailFast();
    }

    /// <summary>Ends the machine because the root task can't go on.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="what">What it is about, said behind that.</param>
    public static void Panic(ReadOnlySpan<byte> reason, ReadOnlySpan<byte> what = default)
    {
        Print("root task: "u8);
        Print(reason);
        EndBehind(what);
    }

    /// <summary>Ends the machine because a method failed.</summary>
    public static void Panic(ReadOnlySpan<byte> what, SeL4Error error)
    {
        Print("root task: "u8);
        Print(what);
        Print(" failed: "u8);
        EndBehind(NameOf(error));
    }

    /// <summary>Ends the machine unless a method succeeded.</summary>
    public static void Require(SeL4Error error, ReadOnlySpan<byte> what)
    {
        if (error != SeL4Error.NoError)
            Panic(what, error);
    }

    private static void EndBehind(ReadOnlySpan<byte> text)
    {
        Print(text);
        Print((byte)'\n');
        Exit(ExitStatus.Panic);
    }

    private static ReadOnlySpan<byte> NameOf(SeL4Error error) => error switch
    {
        SeL4Error.InvalidArgument => "InvalidArgument"u8,
        SeL4Error.InvalidCapability => "InvalidCapability"u8,
        SeL4Error.IllegalOperation => "IllegalOperation"u8,
        SeL4Error.RangeError => "RangeError"u8,
        SeL4Error.AlignmentError => "AlignmentError"u8,
        SeL4Error.FailedLookup => "FailedLookup"u8,
        SeL4Error.TruncatedMessage => "TruncatedMessage"u8,
        SeL4Error.DeleteFirst => "DeleteFirst"u8,
        SeL4Error.RevokeFirst => "RevokeFirst"u8,
        SeL4Error.NotEnoughMemory => "NotEnoughMemory"u8,
        _ => "no error that it may have"u8,
    };

    private static void AwaitLine(byte state)
    {
        byte status;
        do
            _ = SeL4.X86_IOPort_In8(_serial, LineStatus, out status);
        while ((status & state) == 0);
    }

    private static ulong TakePorts(ushort first, ushort count)
    {
        ulong slot = Objects.TakeSlot();

        // Without a port there is no way to tell: the fault that ends the thread does.
        if (SeL4.X86_IOPortControl_Issue(RootSlot.IOPortControl, first, (ulong)(first + count - 1), RootSlot.CNode, slot, Limits.WordBits)
            != SeL4Error.NoError)
            Environment.FailFast();
        return slot;
    }
}
