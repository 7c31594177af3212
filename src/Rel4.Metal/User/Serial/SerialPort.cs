using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Drives the first serial port, which the kernel has set up (16550 data sheet).</summary>
internal static class SerialPort
{
    private const ushort Data = 0x3F8;
    private const ushort InterruptEnable = Data + 1;
    private const ushort ModemControl = Data + 4;
    private const ushort LineStatus = Data + 5;

    private const byte WhenReceived = 1;
    private const byte ReadyAndInterrupts = 0x0B;
    private const byte HasCharacter = 1, TakesCharacter = 1 << 5;

    /// <summary>Has it interrupt whenever there is a character.</summary>
    public static void Open()
    {
        _ = SeL4.X86_IOPort_Out8(KvSerial.Registers, ModemControl, ReadyAndInterrupts);
        _ = SeL4.X86_IOPort_Out8(KvSerial.Registers, InterruptEnable, WhenReceived);
    }

    /// <summary>Takes a character, if there is one.</summary>
    public static bool TryRead(out byte character)
    {
        character = 0;
        return Has(HasCharacter) && SeL4.X86_IOPort_In8(KvSerial.Registers, Data, out character) == 0;
    }

    /// <summary>Lets the next interrupt come: what has been received since the last look raises one.</summary>
    public static void Acknowledge() => SeL4.IRQHandler_Ack(KvSerial.Interrupt);

    /// <summary>Prints text.</summary>
    public static void Print(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            while (!Has(TakesCharacter))
            {
            }

            _ = SeL4.X86_IOPort_Out8(KvSerial.Registers, Data, text[i]);
        }
    }

    private static bool Has(byte state) => SeL4.X86_IOPort_In8(KvSerial.Registers, LineStatus, out byte status) == 0 && (status & state) != 0;
}
