namespace Rel4.Metal.Kernel;

/// <summary>The pair of 8259 interrupt controllers: 16 lines, of which line 2 joins the two.</summary>
internal static class InterruptController
{
    /// <summary>Vector of line 0.</summary>
    public const uint FirstVector = 32;

    /// <summary>Lines.</summary>
    public const uint LineCount = 16;

    /// <summary>The line that joins the two.</summary>
    public const uint CascadeLine = 2;

    private const ushort FirstCommand = 0x20;
    private const ushort FirstData = 0x21;
    private const ushort SecondCommand = 0xA0;
    private const ushort SecondData = 0xA1;
    private const byte Initialise = 0x11;
    private const byte Mode8086 = 1;
    private const byte EndOfInterrupt = 0x20;
    private const byte ReadRequests = 0x0A;
    private const byte ReadInService = 0x0B;

    private static uint s_masked;

    /// <summary>Sets both up, with all lines masked.</summary>
    public static void Start()
    {
        Instructions.Out8(FirstCommand, Initialise);
        Instructions.Out8(SecondCommand, Initialise);
        Instructions.Out8(FirstData, (byte)FirstVector);
        Instructions.Out8(SecondData, (byte)FirstVector + 8);
        Instructions.Out8(FirstData, 1 << (int)CascadeLine);
        Instructions.Out8(SecondData, (byte)CascadeLine);
        Instructions.Out8(FirstData, Mode8086);
        Instructions.Out8(SecondData, Mode8086);
        s_masked = 0xFFFF & ~(1U << (int)CascadeLine);
        WriteMasks();
    }

    /// <summary>Keeps a line from interrupting.</summary>
    public static void Mask(uint line)
    {
        s_masked |= 1U << (int)line;
        WriteMasks();
    }

    /// <summary>Lets a line interrupt.</summary>
    public static void Unmask(uint line)
    {
        s_masked &= ~(1U << (int)line);
        WriteMasks();
    }

    /// <summary>Lets the next interrupt come.</summary>
    /// <returns>False if there was none: the line fell before it was taken.</returns>
    public static bool EndInterrupt(uint line)
    {
        ushort command = line < 8 ? FirstCommand : SecondCommand;
        Instructions.Out8(command, ReadInService);
        bool real = ((Instructions.In8(command) >> (int)(line & 7)) & 1) != 0;
        if (real)
            Instructions.Out8(command, EndOfInterrupt);
        if (line >= 8)
            Instructions.Out8(FirstCommand, EndOfInterrupt);
        return real;
    }

    /// <summary>Tells whether an interrupt waits to be taken.</summary>
    public static bool IsPending()
    {
        // What the second one requests, the first one does on the cascade line.
        Instructions.Out8(FirstCommand, ReadRequests);
        return (Instructions.In8(FirstCommand) & ~s_masked & 0xFF) != 0;
    }

    private static void WriteMasks()
    {
        Instructions.Out8(FirstData, (byte)s_masked);
        Instructions.Out8(SecondData, (byte)(s_masked >> 8));
    }
}
