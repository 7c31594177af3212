namespace Rel4.Metal.Kernel;

/// <summary>The 8254 timer, whose frequency is the same on every PC: the others are measured against it.</summary>
internal static class IntervalTimer
{
    private const uint Frequency = 1_193_182;
    private const ushort Channel2 = 0x42;
    private const ushort Mode = 0x43;
    private const ushort Gate = 0x61;
    private const byte Channel2CountDownOnce = 0xB0;
    private const byte GateOpen = 1;
    private const byte SpeakerOn = 2;
    private const byte CountedDown = 0x20;

    /// <summary>Returns 10 ms later.</summary>
    public static void Wait10Milliseconds()
    {
        const uint Count = Frequency / 100;
        byte gate = (byte)(Instructions.In8(Gate) & ~(SpeakerOn | GateOpen));
        Instructions.Out8(Gate, gate);
        Instructions.Out8(Mode, Channel2CountDownOnce);
        Instructions.Out8(Channel2, (byte)(Count & 0xFF));
        Instructions.Out8(Channel2, (byte)(Count >> 8));
        Instructions.Out8(Gate, (byte)(gate | GateOpen));
        while ((Instructions.In8(Gate) & CountedDown) == 0)
        {
        }
    }
}
