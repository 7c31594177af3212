using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Linq.Expressions;

namespace Rel4.Hosted.Probe;

/// <summary>Does what ordinary .NET programs do, to see that a sandbox leaves it alone.</summary>
internal static class Work
{
    public static IEnumerable<string> Run()
    {
        yield return $"threads {Parallel.For(0, 64, _ => Thread.SpinWait(100)).IsCompleted}";
        yield return $"tasks {Task.Run(async () => { await Task.Delay(1); return 1; }).GetAwaiter().GetResult()}";
        GC.Collect();
        yield return $"collections {GC.CollectionCount(2) > 0}";
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "text");
        File.Copy(file, file + ".copy");
        File.Move(file + ".copy", file + ".moved");
        yield return $"files {File.ReadAllText(file + ".moved")}";
        using (MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096))
        using (MemoryMappedViewAccessor view = map.CreateViewAccessor())
        {
            view.Write(0, 7);
            yield return $"memory {view.ReadInt32(0).ToString(CultureInfo.InvariantCulture)}";
        }

        yield return $"zones {TimeZoneInfo.FindSystemTimeZoneById("UTC").Id}";
        yield return $"compiled {Expression.Lambda<Func<int>>(Expression.Constant(3)).Compile()()}";
        yield return $"user {Environment.UserName.Length >= 0}";
        yield return $"random {Guid.NewGuid() != Guid.Empty}";
    }
}
