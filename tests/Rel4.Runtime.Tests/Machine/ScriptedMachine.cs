using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Changes a frame as a kernel would.</summary>
internal delegate void Answer(ref TrapFrame frame, ref IpcBuffer buffer);

/// <summary>Is a kernel that answers every system call as a test says, for what Sim doesn't do.</summary>
internal sealed unsafe class ScriptedMachine : ITestMachine, IDisposable
{
    private readonly IpcBuffer* _buffer = (IpcBuffer*)NativeMemory.AllocZeroed((nuint)sizeof(IpcBuffer));
    private readonly Answer _answer;
    private readonly bool _hasBuffer;

    public ScriptedMachine(Answer answer, bool hasBuffer = true)
    {
        _answer = answer;
        _hasBuffer = hasBuffer;
        TestMachine.Use(this);
    }

    public IpcBuffer* Buffer => _hasBuffer ? _buffer : null;

    public void Trap(TrapFrame* frame) => _answer(ref *frame, ref *_buffer);

    public void Dispose()
    {
        TestMachine.Use(null);
        NativeMemory.Free(_buffer);
    }
}
