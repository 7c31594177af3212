using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

// What else of the machine the kernel calls by name. Each stands for the file of its name in src/Rel4.Metal.

/// <summary>Is a pair of interrupt controllers with nothing attached.</summary>
internal static class InterruptController
{
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
    /// <summary>Gets or sets whether a tick waits.</summary>
    public static bool Ticks { get; set; }

    public static bool TickPending() => Ticks;
}

/// <summary>Reaches no ports.</summary>
internal static class BootCode
{
    public static void Out8(ushort port, byte value)
    {
    }

    public static byte In8(ushort port) => 0x88;
}

/// <summary>Tells what the simulated processor can do.</summary>
internal static class Features
{
    public static bool HasProcessContexts { get; set; }
}

/// <summary>Is no floating-point unit.</summary>
internal static unsafe class FloatingPoint
{
    public static void Initialise(Tcb* thread)
    {
    }
}

/// <summary>Ends a test.</summary>
internal static unsafe class Panic
{
    public static void RootFault(Tcb* thread, in Fault fault) => throw new InvalidOperationException($"The root thread had a {fault.Type}.");
}
