namespace Rel4.Metal.Kernel;

/// <summary>Prints on the first serial port: 115,200 bits a second, 8 data bits, no parity, 1 stop bit (16550 data sheet).</summary>
internal static class Serial
{
    private const ushort Data = 0x3F8;
    private const ushort InterruptEnable = Data + 1;
    private const ushort FifoControl = Data + 2;
    private const ushort LineControl = Data + 3;
    private const ushort ModemControl = Data + 4;
    private const ushort LineStatus = Data + 5;

    private const byte DivisorLatch = 0x80;
    private const byte EightBits = 0x03;
    private const byte EnableAndClearFifos = 0x07;
    private const byte ReadyToSend = 0x03;
    private const byte TransmitterEmpty = 0x20;

    /// <summary>Sets the port up; it is polled, so its interrupts stay off.</summary>
    public static void Open()
    {
        Instructions.Out8(InterruptEnable, 0);
        Instructions.Out8(LineControl, DivisorLatch);
        Instructions.Out8(Data, 1);
        Instructions.Out8(InterruptEnable, 0);
        Instructions.Out8(LineControl, EightBits);
        Instructions.Out8(FifoControl, EnableAndClearFifos);
        Instructions.Out8(ModemControl, ReadyToSend);
    }

    /// <summary>Prints a character.</summary>
    public static void Print(byte character)
    {
        while ((Instructions.In8(LineStatus) & TransmitterEmpty) == 0)
        {
        }

        Instructions.Out8(Data, character);
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

    /// <summary>Prints an address: 16 hexadecimal digits.</summary>
    public static void PrintAddress(ulong address)
    {
        for (int shift = 60; shift >= 0; shift -= 4)
        {
            uint digit = (uint)(address >> shift) & 0xF;
            Print((byte)(digit < 10 ? '0' + digit : 'A' + digit - 10));
        }
    }
}
