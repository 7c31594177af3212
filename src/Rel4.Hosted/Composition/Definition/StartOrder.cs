using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Orders tasks so that each comes behind those it starts after, and otherwise as they were given.</summary>
/// <remarks>Without recursion: a file may have thousands of tasks that start one after another.</remarks>
internal static class StartOrder
{
    /// <summary>Sorts tasks whose order has no cycle.</summary>
    public static ImmutableArray<TaskDefinition> Sort(ImmutableArray<TaskDefinition> tasks) => Walk(tasks).Order;

    /// <summary>Finds tasks that wait for each other.</summary>
    /// <returns>Their names, the first also as the last; null if there are none. Names of no task are passed over.</returns>
    public static ImmutableArray<string>? FindCycle(ImmutableArray<TaskDefinition> tasks) => Walk(tasks).Cycle;

    private static (ImmutableArray<TaskDefinition> Order, ImmutableArray<string>? Cycle) Walk(ImmutableArray<TaskDefinition> tasks)
    {
        var byName = new Dictionary<string, TaskDefinition>(StringComparer.Ordinal);
        foreach (TaskDefinition task in tasks)
            byName.TryAdd(task.Name, task);
        var placed = new HashSet<string>();
        var onPath = new HashSet<string>();
        var path = new Stack<(TaskDefinition Task, int Next)>();
        ImmutableArray<TaskDefinition>.Builder order = ImmutableArray.CreateBuilder<TaskDefinition>(tasks.Length);
        foreach (TaskDefinition first in byName.Values)
        {
            if (placed.Contains(first.Name))
                continue;
            Enter(first);
            while (path.TryPop(out (TaskDefinition Task, int Next) step))
            {
                if (step.Next == step.Task.StartAfter.Length)
                {
                    onPath.Remove(step.Task.Name);
                    placed.Add(step.Task.Name);
                    order.Add(step.Task);
                    continue;
                }

                path.Push(step with { Next = step.Next + 1 });
                if (!byName.TryGetValue(step.Task.StartAfter[step.Next], out TaskDefinition? earlier) || placed.Contains(earlier.Name))
                    continue;
                if (onPath.Contains(earlier.Name))
                    return ([], [.. path.Reverse().Select(entry => entry.Task.Name).SkipWhile(name => name != earlier.Name), earlier.Name]);
                Enter(earlier);
            }
        }

        return (order.ToImmutable(), null);

        void Enter(TaskDefinition task)
        {
            path.Push((task, 0));
            onPath.Add(task.Name);
        }
    }
}
