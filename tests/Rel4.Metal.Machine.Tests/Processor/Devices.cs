using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

// What else of the machine the kernel calls by name. Each stands for the file of its name in src/Rel4.Metal.

/// <summary>Is a pair of interrupt controllers with nothing attached.</summary>
internal static class InterruptController
{
    public const uint FirstVector = 32;
    public const uint LineCount = 16;
    public const uint CascadeLine = 2;

    public static void Mask(uint line)
    {
    }

    public static void Unmask(uint line)
    {
    }

    public static bool EndInterrupt(uint line) => true;

    public static bool IsPending() => false;
}

/// <summary>Is a timer that ticks when a test says so.</summary>
internal static class LocalApic
{
    public const uint UserVector = 157;
    public const uint WakeUpVector = 158;
    public const uint RescheduleVector = 160;
    public const uint BatchVector = 161;

    public static byte Number => 0;

    /// <summary>Gets the vectors of interrupts that were sent and wait to be taken.</summary>
    public static SortedSet<byte> Sent { get; } = [];

    /// <summary>Gets or sets whether a tick waits.</summary>
    public static bool Ticks { get; set; }

    public static bool IsPending() => Ticks;

    public static void EndInterrupt() => IOApic.IsEnded = true;

    public static void Send(byte vector, byte number) => Sent.Add(vector);
}

/// <summary>Is an I/O APIC with nothing attached, which keeps what it is told.</summary>
internal static class IOApic
{
    /// <summary>Gets or sets the number of its pins.</summary>
    public static uint PinCount { get; set; } = 24;

    /// <summary>Gets the pins that interrupt: vector, trigger, polarity.</summary>
    public static Dictionary<uint, (uint Vector, bool IsLevel, bool IsLow)> Routes { get; } = [];

    /// <summary>Gets the pins that are masked.</summary>
    public static HashSet<uint> Masked { get; } = [];

    /// <summary>Gets or sets whether the last interrupt was ended behind the last change of a mask.</summary>
    public static bool IsEnded { get; set; }

    public static void Route(uint pin, uint vector, bool isLevel, bool isLow)
    {
        Routes[pin] = (vector, isLevel, isLow);
        Masked.Remove(pin);
    }

    public static void Mask(uint pin)
    {
        IsEnded = false;
        Masked.Add(pin);
    }

    public static void Unmask(uint pin) => Masked.Remove(pin);
}

/// <summary>Are those of a kernel that was built without, but for what a test says.</summary>
internal static unsafe class DebugCalls
{
    [ThreadStatic]
    private static KernelFeatures s_features;

    /// <summary>Gets or sets what the kernel was built with, for this thread's tests.</summary>
    public static KernelFeatures Features
    {
        get => s_features;
        set => s_features = value;
    }

    public static bool TryHandle(KernelState* kernel, Tcb* caller) => false;
}

/// <summary>Is one processor.</summary>
internal static class Processors
{
    public const uint Count = 1;
}

/// <summary>Is a lock that nobody waits for.</summary>
internal static class KernelLock
{
    public const bool IsAwaited = false;
}

/// <summary>Tells what the simulated processor can do.</summary>
internal static class Features
{
    public static void SetEntry(ulong address)
    {
    }

    public static bool HasProcessContexts { get; set; }

    public static bool HasHugePages => false;

    public static bool HasUserInterrupts { get; set; }
}

/// <summary>Is no floating-point unit.</summary>
internal static unsafe class FloatingPoint
{
    public const int Offset = 1024;
    public const int Size = 512;

    public static void Initialise(Tcb* thread)
    {
    }
}

/// <summary>Ends a test.</summary>
internal static unsafe class Panic
{
    public static void RootFault(Tcb* thread, in Fault fault) => throw new InvalidOperationException($"The root thread had a {fault.Type}.");
}
