using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Is what the interface runs on in a test, on one OS thread.</summary>
internal unsafe interface ITestMachine
{
    IpcBuffer* Buffer { get; }

    void Trap(TrapFrame* frame);
}

/// <summary>Installs itself as the process's machine, and hands each call to the machine chosen for the calling OS thread.</summary>
internal static unsafe class TestMachine
{
    [ThreadStatic]
    private static ITestMachine? _current;

    /// <summary>Chooses the machine of the calling OS thread; null for none.</summary>
    public static void Use(ITestMachine? machine)
    {
        UserMachine.Install(&Trap, &Buffer);
        _current = machine;
    }

    private static void Trap(TrapFrame* frame)
    {
        if (_current is { } machine)
            machine.Trap(frame);
        else
            frame->Status = TrapStatus.NoMachine;
    }

    private static IpcBuffer* Buffer() => _current is { } machine ? machine.Buffer : null;
}
