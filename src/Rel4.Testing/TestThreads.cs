using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Testing;

/// <summary>Makes a task's system calls at once, where they don't wait; where they may, a thread of its own takes turns with the others.</summary>
internal sealed class TestThreads(TestMachine machine) : KernelThreads(machine)
{
    private int _count;

    /// <summary>Does something that need not be done if the kernel has ended.</summary>
    public static void Do(Action work)
    {
        try
        {
            work();
        }
        catch (KernelEndedException)
        {
        }
    }

    /// <inheritdoc/>
    public override void Post(Action work)
    {
        if (machine.IsHere)
            Do(work);
        else
            machine.Defer(work);
    }

    /// <inheritdoc/>
    public override T Invoke<T>(Func<T> work) => work();

    /// <inheritdoc/>
    public override void PostBlocking(Action<Exception?> work)
    {
        try
        {
            machine.StartThread(MakeThread(), $"thread {++_count}", () => work(null));
        }
        catch (Exception refused) when (refused is InvalidOperationException or SeL4Exception or KernelEndedException)
        {
            work(refused);
        }
    }

    /// <inheritdoc/>
    public override void PostOpening(Action<Exception?> work) => PostBlocking(work);

    /// <inheritdoc/>
    public override void End()
    {
    }
}
