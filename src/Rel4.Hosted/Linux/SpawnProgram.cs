using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rel4.Hosted.Linux;

/// <summary>Collects the system calls that a new process makes before it becomes another program, and starts it.</summary>
/// <remarks>Owns the native memory that the calls refer to, and keeps the descriptors that they name open.</remarks>
internal sealed unsafe class SpawnProgram : IDisposable
{
    private const nuint ShareMemoryUntilExec = 0x100 | 0x4000;
    private const nuint MakeDescriptor = 0x1000;
    private const nuint WriteNumber = 0x0100_0000;

    private readonly List<SpawnCode.Step> _steps = [];
    private readonly List<nint> _memory = [];
    private readonly List<SafeHandle> _borrowed = [];
    private int* _number;

    /// <summary>Adds a call.</summary>
    public void Add(SystemCallNumber number, nint first = 0, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0) =>
        _steps.Add(new SpawnCode.Step
        {
            Number = (long)number,
            First = first,
            Second = second,
            Third = third,
            Fourth = fourth,
            Fifth = fifth,
            Result = SpawnCode.Step.NotTaken,
        });

    /// <summary>Copies a value for a call to point to.</summary>
    public nint Store<T>(T value)
        where T : unmanaged => Store(new ReadOnlySpan<T>(in value));

    /// <summary>Copies values for a call to point to.</summary>
    public nint Store<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        void* memory = NativeMemory.Alloc((nuint)values.Length, (nuint)sizeof(T));
        _memory.Add((nint)memory);
        values.CopyTo(new Span<T>(memory, values.Length));
        return (nint)memory;
    }

    /// <summary>Copies a text, ended by a zero byte.</summary>
    public nint Store(string text) => Store<byte>([.. System.Text.Encoding.UTF8.GetBytes(text), 0]);

    /// <summary>Copies texts as an array of pointers that ends with null.</summary>
    public nint Store(IEnumerable<string> texts) => Store<nint>([.. texts.Select(Store), 0]);

    /// <summary>Lets Linux write the child's number into something stored, before the child makes its first call.</summary>
    public void WriteNumberTo(nint address) => _number = (int*)address;

    /// <summary>Keeps a descriptor open and returns its number.</summary>
    public int Borrow(SafeHandle handle)
    {
        bool isAdded = false;
        handle.DangerousAddRef(ref isAdded);
        _borrowed.Add(handle);
        return (int)handle.DangerousGetHandle();
    }

    /// <summary>Starts the process.</summary>
    /// <returns>Its number, and its descriptor, which the caller owns.</returns>
    /// <exception cref="LinuxException">A call failed; the child is gone.</exception>
    public (int Id, SafeFileHandle Descriptor) Run()
    {
        // The child writes results into the list while this thread stands still.
        Span<SpawnCode.Step> steps = CollectionsMarshal.AsSpan(_steps);
        int descriptor = -1;
        nint id;
        fixed (SpawnCode.Step* first = steps)
        {
            ulong allSignals = ulong.MaxValue;
            ulong before;
            SetSignalMask(&allSignals, &before);
            id = SpawnCode.Run(
                ShareMemoryUntilExec | MakeDescriptor | (_number == null ? 0 : WriteNumber) | Signal.Child, &descriptor, first, _number);
            SetSignalMask(&before, null);
        }

        if (id < 0)
            throw new LinuxException(nameof(SystemCallNumber.clone), (LinuxError)(-id));
        var process = new SafeFileHandle(descriptor, ownsHandle: true);
        foreach (SpawnCode.Step step in steps)
        {
            if (step.Result is >= 0 or SpawnCode.Step.NotTaken)
                continue;
            ProcessDescriptor.Reap(process);
            process.Dispose();
            throw new LinuxException(((SystemCallNumber)step.Number).ToString(), (LinuxError)(-step.Result));
        }

        return ((int)id, process);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (nint memory in _memory)
            NativeMemory.Free((void*)memory);
        _memory.Clear();
        foreach (SafeHandle handle in _borrowed)
            handle.DangerousRelease();
        _borrowed.Clear();
    }

    private static void SetSignalMask(ulong* mask, ulong* before) =>
        SystemCall.Invoke(SystemCallNumber.rt_sigprocmask, Signal.SetMask, (nint)mask, (nint)before, Signal.SetSize);
}
