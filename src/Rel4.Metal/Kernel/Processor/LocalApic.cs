using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>The processor's own interrupt controller, used for its timer (Intel SDM vol. 3A, chapter 10).</summary>
internal static unsafe class LocalApic
{
    /// <summary>Vector of the timer.</summary>
    public const uint TimerVector = 156;

    /// <summary>Vector by which a processor that has user interrupts learns that something was posted to the thread it runs.</summary>
    public const uint UserVector = 157;

    /// <summary>Vector that says that something was posted to a thread that waits in the kernel.</summary>
    public const uint WakeUpVector = 158;

    /// <summary>Vector by which another processor has this one enter the kernel.</summary>
    public const uint RescheduleVector = 160;

    /// <summary>Vector that says that a thread has calls in its batch (<see cref="BatchBell"/>).</summary>
    public const uint BatchVector = 161;

    /// <summary>Vector of interrupts that went away before they were taken.</summary>
    public const uint SpuriousVector = 159;

    /// <summary>Physical address of the registers after reset.</summary>
    public const ulong PhysicalAddress = 0xFEE0_0000;

    /// <summary>Bytes from there on that devices write interrupts as messages to, and nobody else.</summary>
    public const ulong MessageBytes = 1 << 20;

    private const uint TicksPerSecond = 500;

    private const uint NumberRegister = 0x20;
    private const uint CommandRegister = 0x300;
    private const uint DestinationRegister = 0x310;
    private const int NumberShift = 24;
    private const uint EndOfInterruptRegister = 0xB0;
    private const uint SpuriousRegister = 0xF0;
    private const uint FirstRequestRegister = 0x210;
    private const uint LastRequestRegister = 0x240;
    private const uint RegisterSize = 0x10;
    private const uint TimerRegister = 0x320;
    private const uint Line0Register = 0x350;
    private const uint InitialCountRegister = 0x380;
    private const uint CurrentCountRegister = 0x390;
    private const uint DivideRegister = 0x3E0;

    private const uint SoftwareEnable = 1 << 8;
    private const uint Periodic = 1 << 17;
    private const uint Assert = 1 << 14;
    private const uint IsUnderWay = 1 << 12;
    private const uint Initialise = 5 << 8;
    private const uint StartUp = 6 << 8;
    private const uint Masked = 1 << 16;
    private const uint External = 7 << 8;
    private const uint DivideBy16 = 3;

    // What the timer counts down from; the same on all processors.
    private static uint s_tick;

    /// <summary>Gets the processor's number, by which others send it interrupts.</summary>
    public static byte Number => (byte)(Read(NumberRegister) >> NumberShift);

    /// <summary>Starts the timer, and passes the interrupts of the 8259 on.</summary>
    /// <returns>The frequency of the time-stamp counter in MHz.</returns>
    public static uint Start()
    {
        Write(SpuriousRegister, SoftwareEnable | SpuriousVector);
        Write(Line0Register, External);
        Write(DivideRegister, DivideBy16);
        Write(TimerRegister, Masked | TimerVector);
        Write(InitialCountRegister, uint.MaxValue);
        ulong before = Instructions.ReadTsc();
        IntervalTimer.Wait10Milliseconds();
        ulong cycles = Instructions.ReadTsc() - before;
        uint count = uint.MaxValue - Read(CurrentCountRegister);
        s_tick = count / (TicksPerSecond / 100);
        StartTicks();
        return (uint)(cycles / 10_000);
    }

    /// <summary>Starts the timer of another processor than the first, whose pace that one has found out.</summary>
    public static void StartOnAnother()
    {
        Write(SpuriousRegister, SoftwareEnable | SpuriousVector);
        Write(Line0Register, Masked);
        Write(DivideRegister, DivideBy16);
        StartTicks();
    }

    /// <summary>Tells whether the timer has ticked since its last interrupt, or one of a pin or device waits.</summary>
    public static bool IsPending()
    {
        // Vectors 32 to 159, 32 a register.
        uint requests = 0;
        for (uint register = FirstRequestRegister; register <= LastRequestRegister; register += RegisterSize)
            requests |= Read(register);
        return requests != 0;
    }

    /// <summary>Lets the next interrupt come.</summary>
    public static void EndInterrupt() => Write(EndOfInterruptRegister, 0);

    /// <summary>Interrupts a processor, this one or another.</summary>
    public static void Send(byte vector, byte number) => Command(number, Assert | vector);

    /// <summary>Makes another processor wait until it is started.</summary>
    public static void SendInitialise(byte number) => Command(number, Assert | Initialise);

    /// <summary>Starts another processor that waits for it, in real mode.</summary>
    /// <param name="page">The physical address of its code: a page below 1 MiB.</param>
    public static void SendStart(byte number, uint page) => Command(number, Assert | StartUp | (page >> Limits.PageBits));

    private static void Command(byte number, uint command)
    {
        while ((Read(CommandRegister) & IsUnderWay) != 0)
        {
        }

        Write(DestinationRegister, (uint)number << NumberShift);
        Write(CommandRegister, command);
    }

    private static void StartTicks()
    {
        Write(TimerRegister, Periodic | TimerVector);
        Write(InitialCountRegister, s_tick);
    }

    private static uint Read(uint register) => System.Threading.Volatile.Read(ref *(uint*)(KernelMapping.LocalApic + register));

    private static void Write(uint register, uint value) => System.Threading.Volatile.Write(ref *(uint*)(KernelMapping.LocalApic + register), value);
}
