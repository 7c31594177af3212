using System.Runtime.ExceptionServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;

namespace Rel4.Testing;

/// <summary>A task of a test system: what would be a process is a thread of the test's own process, which has nothing but what it is granted.</summary>
/// <remarks>It runs whenever the test waits for something, until it waits itself. For the test's thread.</remarks>
public sealed class TestTask
{
    private readonly TestSystem _system;
    private readonly Action? _main;
    private readonly TaskHoldings _holdings;
    private readonly List<(string Name, TestObject Object, CapRights Rights, ulong Badge)> _grants = [];
    private readonly List<Turn> _turns = [];
    private List<NamedCapability> _capabilities = [];
    private ExceptionDispatchInfo? _failure;
    private bool _hasBegun;

    /// <summary>Makes one.</summary>
    /// <param name="system">The system.</param>
    /// <param name="name">Its name.</param>
    /// <param name="main">What it runs; null for the test itself, whose thread is the calling one.</param>
    internal TestTask(TestSystem system, string name, Action? main)
    {
        (_system, Name, _main) = (system, name, main);
        _holdings = system.Supervise(() => TaskHoldings.Take(system.Holdings));
        Begin();
    }

    /// <summary>Gets its name, which <see cref="TaskContext.Name"/> is for it.</summary>
    public string Name { get; }

    /// <summary>Gets whether its method has ended, or it was killed.</summary>
    public bool HasEnded => Machine.TaskHasEnded;

    /// <summary>Gets what ended its method; null if nothing did.</summary>
    public Exception? Failure => _failure?.SourceException;

    internal TestMachine Machine { get; private set; } = null!;

    /// <summary>Gets what <see cref="TaskContext"/> tells it.</summary>
    internal TaskManifest Manifest => new(Name, TaskHoldings.CNodeBits, TaskHoldings.RuntimeMemoryBits, Method: null, [.. _capabilities]);

    /// <summary>Gives it a capability.</summary>
    /// <param name="name">The name by which the task finds it.</param>
    /// <param name="definition">The object it is for.</param>
    /// <param name="rights">What the task may do with the object. Calling takes Write and Grant, receiving Read and Grant.</param>
    /// <param name="badge">What receivers see of whoever uses it; 0 for one that nobody has yet.</param>
    /// <exception cref="InvalidOperationException">It has begun: a task finds at its start what it was granted.</exception>
    /// <exception cref="ArgumentException">It has a grant of that name.</exception>
    public TestTask Grant(string name, TestObject definition, CapRights rights, ulong badge = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(definition);
        _system.RequireTest();
        if (_grants.Exists(grant => grant.Name == name))
            throw new ArgumentException($"Task '{Name}' has a grant '{name}' already.", nameof(name));
        if (_hasBegun)
            throw new InvalidOperationException($"Task '{Name}' has begun, and finds at its start what it was granted. Grant '{name}' before the test waits for anything.");
        var grant = (name, definition, rights, definition.TakeBadge(badge));
        _grants.Add(grant);
        Give(grant);
        return this;
    }

    /// <summary>Runs all tasks until this one has ended.</summary>
    /// <exception cref="TestStandstillException">It can't end: nobody can go on.</exception>
    /// <exception cref="Exception">What its method threw, as it is.</exception>
    public void Join()
    {
        _system.RequireTest();
        _system.Turns.Wait(_system.TestTurn, $"waits for the end of '{Name}'", () => HasEnded);
        _failure?.Throw();
    }

    /// <summary>Ends the task as if its process were killed, wherever it waits: no code of it runs any more, and its peers learn of it as they would of a process.</summary>
    public void Kill()
    {
        _system.RequireTest();
        End();
    }

    /// <summary>Starts the task anew, with the same grants. One that has not ended is killed first.</summary>
    public void Restart()
    {
        Kill();
        (_failure, _hasBegun) = (null, false);
        Begin();
        foreach ((string, TestObject, CapRights, ulong) grant in _grants)
            Give(grant);
    }

    /// <summary>Takes note of a thread of the task's.</summary>
    internal void Add(Turn turn) => _turns.Add(turn);

    /// <summary>Ends the task because of an exception that nobody took.</summary>
    internal void Fail(Exception failure)
    {
        _failure = ExceptionDispatchInfo.Capture(failure);
        Console.Error.WriteLine($"Task '{Name}' ends: unhandled exception. {failure}");
        End();
    }

    /// <summary>Ends the task, and destroys what the kernel has of it.</summary>
    internal void End()
    {
        if (Machine.TaskHasEnded)
            return;
        foreach (Turn turn in _turns)
            turn.IsDead = true;
        _turns.Clear();
        _system.Supervise(_holdings.Clear);
        Machine.TaskHasEnded = true;
    }

    private void Begin()
    {
        _system.Supervise(_holdings.Create);
        _capabilities = [];
        Machine = new TestMachine(_system, this, _capabilities);
        TestThread thread = _system.ThreadOf(Machine, _holdings.Tcb, _main is null ? _system.TestTurn : new Turn($"'{Name}'"));
        if (_main is null)
        {
            thread.Enter(Manifest);
            return;
        }

        _system.Start(thread, () =>
        {
            _hasBegun = true;
            thread.Enter(Manifest);
            _main();
            End();
        });
    }

    private void Give((string Name, TestObject Object, CapRights Rights, ulong Badge) grant)
    {
        ulong slot = TaskSlots.FirstGrant + (ulong)_capabilities.Count;
        _system.Supervise(() => _holdings.Give(grant.Object.Slot, slot, grant.Rights, grant.Badge));
        _capabilities.Add(new NamedCapability(
            grant.Name, grant.Object is TestEndpoint ? CapabilityKind.Endpoint : CapabilityKind.Notification, slot, grant.Rights, grant.Badge));
        if (_main is null)
            TaskContext.SetThread(Manifest);
    }
}
