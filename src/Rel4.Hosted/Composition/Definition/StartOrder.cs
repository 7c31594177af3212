using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Orders tasks so that each comes behind those it starts after, and otherwise as they were given.</summary>
internal static class StartOrder
{
    /// <summary>Sorts tasks whose order has no cycle.</summary>
    public static ImmutableArray<TaskDefinition> Sort(ImmutableArray<TaskDefinition> tasks)
    {
        Dictionary<string, TaskDefinition> byName = tasks.ToDictionary(task => task.Name);
        var placed = new HashSet<string>();
        ImmutableArray<TaskDefinition>.Builder order = ImmutableArray.CreateBuilder<TaskDefinition>(tasks.Length);
        foreach (TaskDefinition task in tasks)
            Place(task);
        return order.MoveToImmutable();

        void Place(TaskDefinition task)
        {
            if (!placed.Add(task.Name))
                return;
            foreach (string earlier in task.StartAfter)
                Place(byName[earlier]);
            order.Add(task);
        }
    }

    /// <summary>Finds tasks that wait for each other.</summary>
    /// <returns>Their names, the first also as the last; null if there are none. Names of no task are passed over.</returns>
    public static ImmutableArray<string>? FindCycle(ImmutableArray<TaskDefinition> tasks)
    {
        ILookup<string, TaskDefinition> byName = tasks.ToLookup(task => task.Name);
        var done = new HashSet<string>();
        var path = new List<string>();
        return tasks.Select(Visit).FirstOrDefault(cycle => cycle is not null);

        ImmutableArray<string>? Visit(TaskDefinition task)
        {
            int start = path.IndexOf(task.Name);
            if (start >= 0)
                return [.. path[start..], task.Name];
            if (!done.Add(task.Name))
                return null;
            path.Add(task.Name);
            ImmutableArray<string>? cycle = task.StartAfter.SelectMany(earlier => byName[earlier]).Select(Visit)
                .FirstOrDefault(found => found is not null);
            path.RemoveAt(path.Count - 1);
            return cycle;
        }
    }
}
