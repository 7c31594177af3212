using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Kernel;
using Rel4.Runtime;
using Rel4.Sim;

namespace Rel4.Testing;

/// <summary>A system without processes: the kernel core, and tasks that run one at a time in the test's process, under a clock that moves only when all wait.</summary>
/// <remarks>
/// <para>
/// It belongs to the thread that makes it, which is a task of it as well: <see cref="TaskContext"/> finds there what <see cref="Grant"/> gives, and system calls,
/// <see cref="ReL4.Run(Func{ValueTask})"/> and all else work as in a task. Tasks run while that thread waits: in a call, in <c>ReL4.Run</c>, in
/// <see cref="TestTask.Join"/> or in <see cref="Advance"/>. So a test is an ordinary method, no async one, and takes the same course each time it runs.
/// </para>
/// <para>Systems of different threads know nothing of each other. There are no sockets, frames and sandboxes here; what leaves the tasks' threads, as <c>Task.Run</c>, is not waited for by the clock.</para>
/// </remarks>
public sealed unsafe class TestSystem : IDisposable
{
    private const string TestName = "test";

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly TestThread _supervisor;
    private readonly TestTask _test;
    private readonly List<TestTask> _tasks = [];
    private readonly HashSet<string> _names = [TestName];

    /// <summary>Starts a kernel, and makes the calling thread a task of it.</summary>
    /// <exception cref="InvalidOperationException">The thread has a test system that was not disposed of, or is one's task.</exception>
    public TestSystem()
    {
        if (TestThread.Current is { System.HasEnded: false })
            throw new InvalidOperationException("This thread has a test system already. Dispose of that one first.");
        Turns = new Turns(TestClock, TestTurn);
        Kernel = new SimKernel(new SimOptions(MemoryBits: 29, RootCNodeBits: 12, Senders: 4096, ReportsToThreads: true));
        Holdings = new SupervisorHoldings(Kernel);
        _supervisor = new TestThread(this, machine: null, Kernel.RootThread, RootSlot.Tcb, new Turn("the supervisor"));
        _test = new TestTask(this, TestName, main: null);
    }

    /// <summary>Gets the clock of the tasks' delays and time limits, and <see cref="Executor.TimeProvider"/> of each. It begins with 2026.</summary>
    public TimeProvider Clock => TestClock;

    internal TestClock TestClock { get; } = new();

    internal Turn TestTurn { get; } = new("the test");

    internal Turns Turns { get; }

    internal SimKernel Kernel { get; }

    internal SupervisorHoldings Holdings { get; }

    internal TestMemory Memory { get; } = new();

    /// <summary>Gets whether it was disposed of.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>Adds an endpoint.</summary>
    /// <param name="name">Names it.</param>
    /// <exception cref="ArgumentException">There is something of that name.</exception>
    public TestEndpoint AddEndpoint(string name) => new(TakeName(name), Supervise(() => Holdings.Make(ObjectType.Endpoint)));

    /// <summary>Adds a notification.</summary>
    /// <inheritdoc cref="AddEndpoint"/>
    public TestNotification AddNotification(string name) => new(TakeName(name), Supervise(() => Holdings.Make(ObjectType.Notification)));

    /// <summary>Adds a task. It begins when the test waits for something.</summary>
    /// <param name="name">Names it.</param>
    /// <param name="main">What it runs, as its <c>Main</c> would be: any method, also one that sees the test's own variables.</param>
    /// <exception cref="ArgumentException">There is something of that name.</exception>
    /// <exception cref="InvalidOperationException">There is no memory for a further task.</exception>
    public TestTask AddTask(string name, Action main)
    {
        ArgumentNullException.ThrowIfNull(main);
        var task = new TestTask(this, TakeName(name), main);
        _tasks.Add(task);
        return task;
    }

    /// <summary>Gives the test itself a capability, which it finds by <see cref="TaskContext"/>. At any time.</summary>
    /// <inheritdoc cref="TestTask.Grant" path="/param"/>
    /// <exception cref="ArgumentException">The test has a grant of that name.</exception>
    public void Grant(string name, TestObject definition, CapRights rights, ulong badge = 0) => _test.Grant(name, definition, rights, badge);

    /// <summary>Lets a time pass: what is due meanwhile goes on, each at its moment. Returns when all wait for what comes later.</summary>
    /// <param name="time">How long; zero lets all tasks run until they wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is below zero.</exception>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        RequireTest();
        Turns.Wait(TestTurn, "lets time pass", static () => false, TestClock.After(time), isLast: true);
    }

    /// <summary>Ends all tasks, as if they were killed.</summary>
    /// <exception cref="InvalidOperationException">
    /// This is another thread than the system's: a task's, or one that the test has come to by an <c>await</c>. Only the system's own can end its tasks one after another; here they are left where they are.
    /// </exception>
    public void Dispose()
    {
        if (HasEnded)
            return;
        if (Environment.CurrentManagedThreadId != _thread)
        {
            // The thread that the test has left may be another test's next: it can make a system of its own. A task has nothing to say about that.
            HasEnded = TestThread.Current?.System != this;
            throw OnAnotherThread();
        }

        Turn[] left = [.. Turns.Others];
        foreach (Turn turn in left)
            turn.IsDead = true;
        foreach (TestTask task in _tasks)
            task.Machine.TaskHasEnded = true;
        _test.Machine.TaskHasEnded = true;
        // They unwind one after another. Code of theirs that will not end is left where it is.
        foreach (Turn turn in left)
        {
            turn.MustEnd = true;
            Turns.Wait(TestTurn, "ends the system", () => !Turns.Others.Contains(turn));
        }

        HasEnded = true;
        TestThread.Exit();
        Memory.Dispose();
        Kernel.Dispose();
    }

    /// <summary>Makes sure that the test's own thread is the caller.</summary>
    internal void RequireTest()
    {
        ObjectDisposedException.ThrowIf(HasEnded, this);
        if (Environment.CurrentManagedThreadId != _thread)
            throw OnAnotherThread();
    }

    /// <summary>Does something as the supervisor, which holds all.</summary>
    internal T Supervise<T>(Func<T> work)
    {
        ThreadMachine? caller = ThreadMachine.OfThread;
        ThreadMachine.OfThread = _supervisor;
        try
        {
            return work();
        }
        finally
        {
            ThreadMachine.OfThread = caller;
        }
    }

    /// <inheritdoc cref="Supervise{T}"/>
    internal void Supervise(Action work) => Supervise(() =>
    {
        work();
        return 0;
    });

    /// <summary>Finds the thread that a slot of the supervisor's names.</summary>
    internal TestThread ThreadOf(TestMachine machine, ulong slot, Turn turn) =>
        new(this, machine, CSpace.LookupSlot(Kernel.RootThread, slot)->Cap.Thread, TaskSlots.Tcb, turn);

    /// <summary>Has a thread of .NET run, when it has its turn.</summary>
    internal void Start(TestThread thread, Action body)
    {
        Turn turn = thread.Turn;
        Turns.Add(turn);
        thread.Machine!.Task.Add(turn);
        var started = new Thread(() =>
        {
            turn.Go.Wait();
            turn.CanGoOn = null;
            thread.Enter(manifest: null);
            try
            {
                if (!turn.MustEnd)
                    body();
            }
            catch (KernelEndedException) when (turn.MustEnd || turn.IsDead)
            {
                // As the system has ended.
            }
            catch (Exception failure)
            {
                if (!turn.MustEnd)
                    thread.Machine.Task.Fail(failure);
            }

            TestThread.Exit();
            Turns.Leave(turn);
        })
        {
            IsBackground = true,
            Name = $"{turn}",
        };
        // With the test's context, as xunit's output needs it; it is none of what the caller has sent outside.
        Outside? caller = Outside.OfFlow;
        Outside.OfFlow = null;
        started.Start();
        Outside.OfFlow = caller;
    }

    private static InvalidOperationException OnAnotherThread() => new(
        "A test system is for the thread that made it, and this is another: a task's, or one that the test has come to by an await. Await inside of ReL4.Run, which stays on its thread.");

    private string TakeName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        RequireTest();
        return _names.Add(name) ? name : throw new ArgumentException($"The system has something named '{name}' already.", nameof(name));
    }
}
